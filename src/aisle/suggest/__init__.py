"""Completions of what is being typed: mined from events and the catalogue, matched by prefix at any word."""
