"""Finding customers: an index that follows the hub's changes, and what a search answers."""
