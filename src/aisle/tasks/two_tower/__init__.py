"""Two towers: queries and products into one space, learnt from pairs that belong together."""
