"""Bytes and records: charsets, layouts, framings, seals. Pure and synchronous; knows no customer and no socket."""
