"""Alembic runs this file: with a connection to migrate, or without one to print the statements."""

from alembic import context

from ecif.store.chain import Chain
from ecif.store.migrations import oracle  # noqa: F401 - Alembic finds it by its dialect

_chain: Chain = context.config.attributes["chain"]
_connection = context.config.attributes.get("connection")

if _connection is not None:
    context.configure(
        connection=_connection,
        target_metadata=_chain.metadata,
        version_table=_chain.version_table,
        transaction_per_migration=True,
    )
    context.run_migrations()
else:
    context.configure(
        dialect_name=context.config.get_main_option("dialect") or "sqlite",
        target_metadata=_chain.metadata,
        version_table=_chain.version_table,
        literal_binds=True,
    )
    context.run_migrations()
