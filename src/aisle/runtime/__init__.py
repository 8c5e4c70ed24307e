"""The torch-free inference engine."""
