"""Who may what: staff accounts, roles, scopes, sessions and tokens."""
