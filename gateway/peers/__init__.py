"""The reference bank played by scripts: its customers, its systems, and the demonstration."""
