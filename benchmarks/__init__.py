"""Measurements, run by `make bench`. Each module prints a table and quotes ratios to a peer in the same run."""
