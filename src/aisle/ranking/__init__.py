"""The light ranker: what it looks at, how it is learned, and the plain arrays it is served from."""
