"""A message type of ISO 8583 as straight-line Python, written and compiled once at load."""
