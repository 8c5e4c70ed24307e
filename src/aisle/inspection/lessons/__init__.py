"""The lessons: small calculations that a reader can change, done by the functions that the encoder is made of."""
