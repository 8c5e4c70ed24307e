"""Where an index lies: in this package's own files, or with an engine of its own, by URI."""
