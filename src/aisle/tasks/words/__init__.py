"""Word vectors from raw text: what sentence encoders were made of before the Transformer."""
