"""Hand-written `construct` structs, named in conf, as a family of formats like the others."""
