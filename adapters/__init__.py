"""One system's dialect: binds its formats to the customer. Sans-IO."""
