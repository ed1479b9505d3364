"""What stands before every route: limits, headers, faults."""
