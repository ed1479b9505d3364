"""The Sync rules against their executable model: same scripts, same state after every step."""
