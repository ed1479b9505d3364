"""One file a step of the search index's tables, in the order of `ocrm_api.chains.INDEX`."""
