"""The HTTP API, the pages and the metrics of one shop."""
