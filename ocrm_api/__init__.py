"""HTTP API of the golden record, one folder a capability."""
