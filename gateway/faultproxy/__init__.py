"""A wire that can be made bad on purpose, between any client and any server: `ecif proxy`."""
