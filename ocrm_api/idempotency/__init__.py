"""The same POST sent twice takes effect once."""
