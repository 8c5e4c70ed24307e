"""Completion of what is being written: a small causal language model, and when to keep quiet."""
