"""The whole conf tree: read once, checked once, frozen. `ecif check` and `ecif serve` share this code."""
