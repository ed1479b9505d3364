"""What `conf/systems/<name>/system.toml` says about a system's dialect: sections as frozen models."""
