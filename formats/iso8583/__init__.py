"""ISO 8583: card messages of bitmaps and numbered data elements."""
