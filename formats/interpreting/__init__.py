"""The careful way through a record: a declared `construct` Struct that finds every fault."""
