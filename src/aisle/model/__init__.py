"""The Transformer encoder and its checkpoints."""
