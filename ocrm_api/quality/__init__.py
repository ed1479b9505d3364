"""How good each system's data is, counted on demand and kept to be read."""
