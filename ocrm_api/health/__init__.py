"""Whether the hub lives, is ready, and how it is doing."""
