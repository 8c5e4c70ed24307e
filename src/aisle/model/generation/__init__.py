"""Writing token by token: greedy, beam search and sampling, over any model that says what may come next."""
