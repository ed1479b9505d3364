"""The only place with SQL: schema, unit of work, migrations."""
