"""The customer: model, matching, survivorship, reconciling, use cases, store."""
