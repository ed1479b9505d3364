"""Messages → commands: parsed fields as what the service is asked to do."""
