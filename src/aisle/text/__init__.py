"""Text: normalisation, WordPiece (a readable one and the fast one), word analysis, product templates."""
