"""Opening the database, and refusing one that would lie.

On SQLite a positive reply is only worth something with the write-ahead log and `synchronous=FULL`: with
less a power loss takes back what was acknowledged. Both are set on every connection and read back. A
writing transaction begins IMMEDIATE: it waits for its turn at the start (busy timeout) instead of failing
in the middle. On PostgreSQL every transaction is SERIALIZABLE.

A store opened with `durable=False` is for tests and benchmarks only; it says so in `Store.durable`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ecif.store.chain import HUB, Chain
from ecif.store.errors import SchemaMissing, SchemaNewer, SchemaOlder, StoreUnreachable, StoreUnsafe
from ecif.store.readers import Readers, check_reader

BUSY_MILLISECONDS = 5_000
CACHE_MEBIBYTES = 64
"""Of SQLite's page cache."""
LEAST_LOG_PAGES = 16_000
"""Of SQLite's write-ahead log, 64 MB: when it holds so many, they are copied into the database."""
_HALF_MEBIBYTE = 128
"""In pages of 4,096 bytes."""
WRITING = "ecif_writing"
"""Execution option of a connection that is going to write."""

_FULL = 2


@dataclass(frozen=True, slots=True)
class Tuning:
    """Connections and how long one is patient with them. SQLite has a file instead, and a busy timeout."""

    connections: int = 10
    """Open at most, by one process."""
    pool_seconds: float = 10
    """How long one is waited for when all are lent."""
    connect_seconds: float = 5
    statement_seconds: float = 60
    """A statement that takes longer is ended, and its batch tried again."""
    idle_seconds: float = 300
    """A connection that was not used for so long is opened anew: firewalls forget."""
    reading_seconds: float = 60
    """Of SQLite: a read that goes on longer is ended once the write-ahead log is over `log_mebibytes`."""
    log_mebibytes: int = 512

    def options(self, dialect: str) -> dict[str, Any]:
        """Of SQLAlchemy."""
        if dialect not in _OPTIONS:
            return {}
        pool = {
            "pool_pre_ping": True, "pool_size": self.connections, "max_overflow": 0,
            "pool_timeout": self.pool_seconds, "pool_recycle": self.idle_seconds,
        }  # fmt: skip
        return {**pool, **_OPTIONS[dialect](self)}


def _postgresql(tuning: Tuning) -> dict[str, Any]:
    # Two processes that meet a new customer at once both see that nobody has its match key; only
    # SERIALIZABLE refuses one of them, which then goes round once more and finds the other's party.
    milliseconds = int(tuning.statement_seconds * 1_000)
    settings = {
        "statement_timeout": milliseconds, "idle_in_transaction_session_timeout": 2 * milliseconds,
        "lock_timeout": BUSY_MILLISECONDS,
    }  # fmt: skip
    connect = {
        "connect_timeout": max(1, int(tuning.connect_seconds)),
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        # A server that vanished without a word is noticed in half a minute.
        "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000,
    }  # fmt: skip
    return {"isolation_level": "SERIALIZABLE", "connect_args": connect}


def _oracle(tuning: Tuning) -> dict[str, Any]:
    return {"connect_args": {"tcp_connect_timeout": tuning.connect_seconds}}


READING: Mapping[str, Mapping[str, Any]] = {"postgresql": {"isolation_level": "REPEATABLE READ"}}
"""Of a connection that only reads. SERIALIZABLE would remember all that a report has read, and turn away who
writes it meanwhile."""
CLAIMING: Mapping[str, Mapping[str, Any]] = {"postgresql": {"isolation_level": "READ COMMITTED"}}
"""Of a connection that changes single rows by what they hold then."""
_OPTIONS: Mapping[str, Callable[[Tuning], dict[str, Any]]] = {"oracle": _oracle, "postgresql": _postgresql}
TUNING = Tuning()


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
    tuning: Tuning = TUNING,
) -> Engine:
    """An engine whose every connection keeps the promises above. Opens nothing yet.

    `options` of SQLAlchemy go before ours, for those who keep other tables than the hub's.
    """
    parsed = read_url(url)
    try:
        engine = create_engine(parsed, **{**tuning.options(parsed.get_backend_name()), **(options or {})})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreUnreachable(f"no driver for {parsed.drivername}") from error
    if parsed.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, durable, cache_mebibytes)
        _limit_readers(engine, parsed, tuning)
    if parsed.get_backend_name() == "oracle":
        _prepare_oracle(engine, tuning)
    return engine


def _prepare_oracle(engine: Engine, tuning: Tuning) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.call_timeout = int(tuning.statement_seconds * 1_000)


def log_pages(cache_mebibytes: int) -> int:
    """A page that several transactions changed is copied once: a larger log saves writing. With half a load's
    cache it still stays below `Tuning.log_mebibytes`."""
    return max(LEAST_LOG_PAGES, cache_mebibytes * _HALF_MEBIBYTE)


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
            cursor.execute(f"PRAGMA wal_autocheckpoint={log_pages(cache_mebibytes)}")
            cursor.execute("PRAGMA journal_size_limit=67108864")
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _limit_readers(engine: Engine, url: URL, tuning: Tuning) -> None:
    readers = Readers(url.database, tuning.reading_seconds, tuning.log_mebibytes << 20)
    event.listen(engine, "before_cursor_execute", check_reader)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        readers.begins(connection, writing=bool(connection.get_execution_options().get(WRITING)))


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


def is_shared(url: str) -> bool:
    """Whether several hubs may work on it: an SQLite file is one hub's."""
    return read_url(url).get_backend_name() != "sqlite"


def is_missing_file(url: URL) -> bool:
    """An SQLite file that is not there: opening would make an empty one."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return False
    return not Path(str(url.database)).exists()
