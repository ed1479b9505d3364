"""One file a step of OCRM's own tables, in the order of `ocrm_api.chains.OCRM`."""
