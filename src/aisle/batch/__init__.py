"""Long work over a whole catalogue or log, in shards that any number of processes or machines may do."""
