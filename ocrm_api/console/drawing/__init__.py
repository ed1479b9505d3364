"""Charts and graphs as plain geometry: figures in, places out. Templates write SVG, CSS colours it."""
