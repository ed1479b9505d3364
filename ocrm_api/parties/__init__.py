"""Customers: the golden record by ECIF number."""
