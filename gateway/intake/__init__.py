"""Messages of all connections into the store: group commit, and what happens where the store cannot."""
