"""One file a step of the trail's tables, in the order of `ocrm_api.chains.TRAIL`."""
