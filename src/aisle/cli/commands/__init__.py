"""One module a command; a command is a settings dataclass with a run method."""
