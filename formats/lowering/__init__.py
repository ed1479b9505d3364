"""Declared layouts as straight-line Python, written and compiled once at load."""
