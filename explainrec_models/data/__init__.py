"""Tables, sources, splits and histories: what the rest is computed from."""
