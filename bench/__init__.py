"""Speed and memory, always as a ratio against a baseline measured in the same run."""
