"""SBERT: one encoder for both texts of a pair."""
