"""A first conf folder for a system nobody has described yet: guesses, each marked, that pass `ecif check`."""
