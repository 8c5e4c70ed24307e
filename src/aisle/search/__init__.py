"""Search: retrieval by words and by meaning, exact filters, fusion, explanation."""
