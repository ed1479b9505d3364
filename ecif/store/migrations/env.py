"""Alembic runs this file: with a connection to migrate, or without one to print the statements."""

from alembic import context

from ecif.store.migrations import oracle  # noqa: F401 - Alembic finds it by its dialect
from ecif.store.schema import metadata

_connection = context.config.attributes.get("connection")

if _connection is not None:
    context.configure(connection=_connection, target_metadata=metadata, transaction_per_migration=True)
    context.run_migrations()
else:
    context.configure(
        dialect_name=context.config.get_main_option("dialect") or "sqlite",
        target_metadata=metadata,
        literal_binds=True,
    )
    context.run_migrations()
