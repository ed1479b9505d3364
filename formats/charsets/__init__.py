"""Characters and their bytes: EBCDIC pages, CCSID 935 with shift-out and shift-in, Python's own codecs."""
