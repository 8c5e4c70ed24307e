"""What an encoder is trained for: each a recipe of objective, data and loop."""
