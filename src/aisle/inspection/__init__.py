"""The walk: every intermediate of one input under its name."""
