"""What one system's record holds, what it should hold, and what is its own: the rules of sync, pure."""
