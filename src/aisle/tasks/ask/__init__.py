"""Questions into SQL: an encoder that reads question and schema, a decoder that points at what they have."""
