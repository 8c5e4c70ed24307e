"""Reading tables and text, writing atomically, checksums."""
