"""COBOL copybooks as they are: their text, their items with offsets, layouts and data files made of them."""
