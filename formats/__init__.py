"""Bytes and records: charsets, layouts, framings, seals. Pure; knows no customer, no socket."""
