"""Opening the database, and refusing one that would lie.

On SQLite a positive reply is only worth something with the write-ahead log and `synchronous=FULL`: with
less a power loss takes back what was acknowledged. Both are set on every connection and read back. A
writing transaction begins IMMEDIATE: it waits for its turn at the start (busy timeout) instead of failing
in the middle. On PostgreSQL every transaction is SERIALIZABLE.

A store opened with `durable=False` is for tests and benchmarks only; it says so in `Store.durable`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, NoSuchModuleError

from ecif.store.chain import HUB, Chain
from ecif.store.errors import SchemaMissing, SchemaNewer, SchemaOlder, StoreUnreachable, StoreUnsafe

BUSY_MILLISECONDS = 5_000
CACHE_MEBIBYTES = 64
"""Of SQLite's page cache."""
WRITING = "ecif_writing"
"""Execution option of a connection that is going to write."""

_FULL = 2
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "oracle": {"pool_pre_ping": True},
    # Two processes that meet a new customer at once both see that nobody has its match key; only
    # SERIALIZABLE refuses one of them, which then goes round once more and finds the other's party.
    "postgresql": {"pool_pre_ping": True, "isolation_level": "SERIALIZABLE"},
}


def read_url(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnreachable("database.url is not an SQLAlchemy URL") from error


def connect_engine(
    url: str,
    *,
    durable: bool = True,
    cache_mebibytes: int = CACHE_MEBIBYTES,
    options: Mapping[str, Any] | None = None,
) -> Engine:
    """An engine whose every connection keeps the promises above. Opens nothing yet.

    `options` of SQLAlchemy go before ours, for those who keep other tables than the hub's.
    """
    parsed = read_url(url)
    try:
        engine = create_engine(parsed, **{**_OPTIONS.get(parsed.get_backend_name(), {}), **(options or {})})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreUnreachable(f"no driver for {parsed.drivername}") from error
    if parsed.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, durable, cache_mebibytes)
    return engine


def _prepare_sqlite(engine: Engine, durable: bool, cache_mebibytes: int) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own; `begun` does
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute(f"PRAGMA cache_size=-{cache_mebibytes * 1024}")
            cursor.execute("PRAGMA wal_autocheckpoint=16000")
            cursor.execute("PRAGMA journal_size_limit=67108864")
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def check_durable(connection: Connection) -> None:
    """Raises StoreUnsafe where a commit would not survive a power loss."""
    if connection.dialect.name != "sqlite":
        return
    found = {
        name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    if found["journal_mode"] != "wal":
        raise StoreUnsafe(
            f"SQLite journal_mode is {found['journal_mode']}, must be wal (not a network drive)"
        )
    if int(found["synchronous"]) < _FULL:
        raise StoreUnsafe(f"SQLite synchronous is {found['synchronous']}, must be FULL")
    if found["foreign_keys"] != "1":
        raise StoreUnsafe("SQLite foreign_keys is off, must be on")
    if int(found["busy_timeout"]) < BUSY_MILLISECONDS:
        raise StoreUnsafe(f"SQLite busy_timeout is {found['busy_timeout']} ms, must be {BUSY_MILLISECONDS}")


def check_schema(connection: Connection, chain: Chain = HUB) -> None:
    """Raises SchemaMissing, SchemaOlder or SchemaNewer."""
    found, newest = schema_version(connection, chain), chain.newest
    if found is None:
        raise SchemaMissing(f"the database has no tables of {chain.owner}; run `ecif db upgrade`")
    if found not in chain.revisions:
        raise SchemaNewer(f"the database has schema {found}, this program knows up to {newest}; update it")
    if found != newest:
        raise SchemaOlder(f"the database has schema {found}, needed is {newest}; run `ecif db upgrade`")


def schema_version(connection: Connection, chain: Chain = HUB) -> str | None:
    if not connection.dialect.has_table(connection, chain.version_table):
        return None
    version = connection.exec_driver_sql(f"SELECT version_num FROM {chain.version_table}").scalar()
    return None if version is None else str(version)


def is_missing_file(url: URL) -> bool:
    """An SQLite file that is not there: opening would make an empty one."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return False
    return not Path(str(url.database)).exists()


UNREACHABLE = (DatabaseError, InterfaceError, OSError)
