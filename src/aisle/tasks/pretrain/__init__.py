"""Pre-training: masked language model and next sentence, from raw text to a checkpoint."""
