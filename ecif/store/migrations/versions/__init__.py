"""One file a step, in the order of `ecif.store.schema.REVISIONS`."""
