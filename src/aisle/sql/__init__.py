"""Questions and SQL: what a question may be about, a grammar that writes nothing else, and running it safely."""
