"""Which documents say the same thing, and which one stays."""
