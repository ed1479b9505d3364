"""First loads: files of a system's records → the store, as `ecif load` does it."""
