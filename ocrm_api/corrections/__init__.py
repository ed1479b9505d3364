"""Staff correct what the bank knows of a customer."""
