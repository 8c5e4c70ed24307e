"""How good is it: STS, transfer, retrieval and suggestion protocols, each with one printable result."""
