"""The store: opens a database that keeps its promises, and lends one unit of work at a time to each
caller."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ecif.store import leases
from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.engine import (
    CACHE_MEBIBYTES,
    CLAIMING,
    READING,
    TUNING,
    WRITING,
    Tuning,
    check_durable,
    check_schema,
    connect_engine,
    is_missing_file,
    read_url,
)
from ecif.store.errors import (
    Collided,
    CommitUnknown,
    Crossed,
    ReaderEnded,
    SchemaMissing,
    StoreBroken,
    StoreError,
    StoreFailed,
    StoreFull,
    StoreLocked,
    StoreUnreachable,
)
from ecif.store.numbers import Block
from ecif.store.readers import TOO_LONG, log_bytes
from ecif.store.recent import Recent
from ecif.store.reports import was_made
from ecif.store.reserve import Reserve
from ecif.store.seeking import Seeking
from ecif.store.unit import UnitOfWork
from ecif.store.writing import Writer


class Store:
    """Made by `open_store`. Safe to share between threads; a unit belongs to the thread that opened it."""

    def __init__(self, engine: Engine, *, durable: bool, reserve: Reserve | None = None) -> None:
        self._engine, self._reserve = engine, reserve
        self._blocks: dict[str, Block] = {}
        self._bulk, self._recent = Bulk(), Recent()
        self._seeking = Seeking(engine)
        self.durable = durable
        self.waits = engine.dialect.name != "sqlite"
        """Whether a read waits for another process, and not for a file."""

    def unit(self) -> "Unit":
        """`with store.unit() as work: …; work.commit(now)`; without the commit nothing happened."""
        return Unit(self._engine, self._blocks, self._bulk, self._recent, self._reserve)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view for reports; writes are refused by nobody, so do not."""
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(**READING.get(plain.dialect.name, {}))
            with connection.begin():
                yield connection

    def rows(self, statement: Select[Any], bound: Mapping[str, str | int]) -> Sequence[Any]:
        """Of a single statement, a constant of its module, on a hot path."""
        with translated():
            found = self._seeking.rows(statement, bound)
        if found is not None:
            return found
        with self.reading() as connection:
            return connection.execute(statement, bound).all()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """One transaction of chores that are nobody's unit of work: all of it, or nothing."""
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(**{WRITING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def claiming(self) -> Iterator[Connection]:
        """One transaction that waits for who changes its rows, and then sees them as they are."""
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(**{WRITING: True}, **CLAIMING.get(plain.dialect.name, {}))
            with connection.begin():
                yield connection

    def before_commits(self, act: Callable[[], None]) -> None:
        """For what can go on beside a commit, while the database's driver leaves the interpreter alone."""
        event.listen(self._engine, "commit", lambda _: act())

    def forget_stop_keys(self) -> None:
        """Before all match keys are written anew: who shares one is found out again."""
        with self.changing() as connection:
            connection.execute(q.FORGET_STOP_KEYS)

    def landed(self, lost: CommitUnknown) -> bool:
        """Whether a commit whose outcome nobody told was made. Asks a fresh connection."""
        if not lost.proof:
            return False
        with self.reading() as connection:
            return was_made(connection, lost.proof)

    @property
    def log_bytes(self) -> int:
        """Of SQLite's write-ahead log; other databases look after theirs."""
        return 0 if self.waits else log_bytes(self._engine.url.database)

    def close(self) -> None:
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"Store({self._engine.url.render_as_string()})"


class Unit:
    """The context manager around a `UnitOfWork`. It does not keep it: a unit holds all that a batch read and
    wrote, and should go with its last user, not when the collector next looks for cycles."""

    def __init__(
        self,
        engine: Engine,
        blocks: dict[str, Block],
        bulk: Bulk,
        recent: Recent,
        reserve: Reserve | None = None,
    ) -> None:
        self._engine, self._blocks, self._bulk, self._recent = engine, blocks, bulk, recent
        self._reserve = reserve

    def __enter__(self) -> "Lent":
        with translated():
            self._connection = self._engine.connect().execution_options(**{WRITING: True})
            try:
                self._transaction = self._connection.begin()
            except BaseException:
                self._connection.close()
                raise
        return Lent(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._transaction.is_active:
                self._transaction.rollback()
        except SQLAlchemyError as failed:
            if not isinstance(error, StoreError):  # which says more
                raise translate(failed) from failed
        finally:
            self._connection.close()
        if isinstance(error, SQLAlchemyError):
            raise translate(error) from error

    def rehearse(self, work: "Lent", now: int) -> None:
        Writer(work, self._connection, self._bulk, now).write()
        self._transaction.rollback()

    def commit(self, work: "Lent", now: int) -> None:
        writer = Writer(work, self._connection, self._bulk, now)
        writer.write()
        if work.fences:
            leases.fence(self._connection, work.fences)
        if self._reserve is not None:
            for kind, block in work.blocks.items():
                self._reserve.cover(kind, block.end)
        try:
            self._transaction.commit()
        except SQLAlchemyError as failed:
            self._blocks.clear()  # its numbers may be used up
            if isinstance(failed, DBAPIError) and failed.connection_invalidated:
                raise CommitUnknown("the connection was lost during a commit", _proof(work)) from failed
            raise
        self._recent.wrote(writer.wrote_records, writer.wrote_parties)
        self._blocks.update(work.blocks)


class Lent(UnitOfWork):
    """A unit of work that can commit."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit._connection, unit._blocks, unit._bulk, unit._recent)
        self._unit = unit

    def commit(self, now: int) -> None:
        """Writes everything and makes it last. Raises Crossed where another process was faster."""
        self._unit.commit(self, now)

    def rehearse(self, now: int) -> None:
        """Writes everything, so that what cannot be written is found, and takes it back."""
        self._unit.rehearse(self, now)


def _proof(work: UnitOfWork) -> tuple[object, ...]:
    """A row that only this unit can have written."""
    if work.messages:
        return (work.messages[0].id,)
    if work.events:
        event = work.events[0]
        return event["ecif_no"], event["seq"], event["chain"]
    return ()


def open_store(
    url: str,
    *,
    durable: bool = True,
    cache_mebibytes: int = CACHE_MEBIBYTES,
    reserve: Path | None = None,
    tuning: Tuning = TUNING,
) -> Store:
    """A store that is safe to acknowledge from. Raises a StoreError that says what is wrong.

    `durable=False` gives up surviving a power loss: for tests and benchmarks. `cache_mebibytes`: of SQLite, a
    connection; other databases have their own. `reserve`: where it is said how far numbers were given; every
    process that gives numbers must be told. `tuning`: connections and their patience.
    """
    if is_missing_file(read_url(url)):
        raise SchemaMissing("there is no database yet; run `ecif db upgrade`")
    engine = connect_engine(url, durable=durable, cache_mebibytes=cache_mebibytes, tuning=tuning)
    try:
        with translated(opening=True), engine.connect() as connection:
            if durable:
                check_durable(connection)
            check_schema(connection)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, durable=durable, reserve=None if reserve is None else Reserve(reserve))


@contextmanager
def translated(*, opening: bool = False) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        translated = translate(error)
        if opening and type(translated) in (StoreFailed, StoreBroken):
            translated = StoreUnreachable(str(translated))
        raise translated from error


_POSTGRESQL: Mapping[str, Callable[[], StoreError]] = {
    "40001": lambda: Crossed("another process wrote what this transaction read"),
    "40P01": lambda: Crossed("another process and this one waited for each other"),
    "55P03": lambda: StoreLocked("the database is locked by another process"),
    "53100": lambda: StoreFull("the disk is full"),
    "57014": lambda: StoreLocked("a statement took longer than database.statement_seconds"),
}
"""SQLSTATE → what it means here (PostgreSQL manual, appendix A)."""

_ORACLE: Mapping[int, Callable[[], StoreError]] = {
    60: lambda: Crossed("another process and this one waited for each other"),
    8177: lambda: Crossed("another process wrote what this transaction read"),
    **dict.fromkeys((54, 30006), lambda: StoreLocked("the database is locked by another process")),
    **dict.fromkeys((1536, 1653, 1654, 1658, 1688, 1691), lambda: StoreFull("the tablespace is full")),
    257: lambda: StoreFull("the database waits for room for its archive"),
}
"""ORA-… → what it means here (Oracle Database Error Messages)."""


_BROKEN = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""Result codes after which an SQLite connection is not trusted any more (sqlite.org/rescode.html)."""


def translate(error: BaseException) -> StoreError:
    """What happened, without statement and parameters: those hold customers' values."""
    if isinstance(error, IntegrityError):
        return Collided("a row was written by another process")
    if isinstance(error, PoolTimeout):
        return StoreLocked("all connections are in use (database.connections)")
    if not isinstance(error, DBAPIError):
        return StoreFailed(f"the database failed: {type(error).__name__}")
    state = str(getattr(error.orig, "sqlstate", ""))
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]()
    oracle = getattr(error.orig.args[0], "code", 0) if error.orig and error.orig.args else 0
    if oracle in _ORACLE:
        return _ORACLE[oracle]()
    code = getattr(error.orig, "sqlite_errorname", "")
    if error.connection_invalidated:
        return StoreUnreachable("the connection to the database was lost")
    if isinstance(error, OperationalError) and error.statement is None and not code:
        return StoreUnreachable("the database cannot be reached")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLocked("the database is locked by another process")
    if code == "SQLITE_INTERRUPT":
        return ReaderEnded(TOO_LONG)
    if code == "SQLITE_FULL":
        return StoreFull("the disk is full")
    if code.startswith(_BROKEN):
        return StoreBroken(f"the disk or the database file fails: {code}")
    return StoreFailed(f"the database failed: {code or type(error.orig).__name__}")
