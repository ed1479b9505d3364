"""What other programs follow: the feed of changes and a day's delta for warehouses."""
