"""Record linkage by a declared match model: any records, one party each. Pure, without the store."""
