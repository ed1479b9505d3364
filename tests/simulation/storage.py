"""A real SQLite database on which the disk and the locks of others fail as the seed wills.

The faults are the driver's own errors, so that the store meets them where it would: at BEGIN, in a statement,
at COMMIT. `Disk` says what fails now; `FaultyConnection` does it.

    locked       SQLITE_BUSY when a transaction begins
    full         SQLITE_FULL at a commit, which is undone
    failing      SQLITE_IOERR at a commit: it may have been made or not, and nobody trusts the file any more
    away         the connection is lost: at the next statement, or during a commit, made or not
"""

import sqlite3
from math import inf
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeAlias

import trio

from ecif.store.engine import connect_engine
from ecif.store.store import Store

from .trace import Trace

Trouble: TypeAlias = Literal["", "locked", "slow", "full", "failing", "away"]


class Disk:
    """What happens to the database. One trouble at a time, for a while."""

    def __init__(self, rng: Random, trace: Trace) -> None:
        self._rng, self._trace = rng, trace
        self._trouble: Trouble = ""
        self._until = -inf
        self.lost_commits = 0.0
        """Share of commits whose outcome nobody is told."""

    def begin(self, trouble: Trouble, seconds: float) -> None:
        self._trouble, self._until = trouble, trio.current_time() + seconds
        self._trace.fault(f"store {trouble}", f"for {seconds:.1f} s")

    def mend(self) -> None:
        self._trouble, self.lost_commits = "", 0.0

    @property
    def trouble(self) -> Trouble:
        return self._trouble if trio.current_time() < self._until else ""

    def seconds(self) -> float:
        """How long the next transaction takes, all in all."""
        if self.trouble == "locked":
            return 5.0  # the driver waits for the lock
        return self._rng.uniform(0.5, 6.0) if self.trouble == "slow" else self._rng.uniform(0.0005, 0.01)

    def before(self, connection: "FaultyConnection", statement: str) -> None:
        if self.trouble == "away":
            _lose(connection)
        if self.trouble == "locked" and statement.startswith("BEGIN IMMEDIATE"):
            raise _error("SQLITE_BUSY", "database is locked")

    def commit(self, connection: "FaultyConnection") -> None:
        if not connection.in_transaction:
            return
        writes = connection.total_changes > connection.changes_before
        if self.trouble == "full" and writes:
            raise _error("SQLITE_FULL", "database or disk is full")
        if self.trouble == "failing" and writes:
            self._perhaps(connection)
            raise _error("SQLITE_IOERR_FSYNC", "disk I/O error")
        if writes and self._rng.random() < self.lost_commits:
            self._perhaps(connection)
            _lose(connection)
        sqlite3.Connection.commit(connection)

    def _perhaps(self, connection: "FaultyConnection") -> None:
        made = self._rng.random() < 0.5
        self._trace.fault(f"commit {'made' if made else 'undone'} and nobody told")
        if made:
            sqlite3.Connection.commit(connection)
        else:
            sqlite3.Connection.rollback(connection)


def _lose(connection: sqlite3.Connection) -> None:
    connection.close()
    raise sqlite3.ProgrammingError("Cannot operate on a closed database.")


def _error(name: str, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    error.sqlite_errorcode = getattr(sqlite3, name)
    return error


class FaultyConnection(sqlite3.Connection):
    disk: Disk
    changes_before = 0

    def cursor(self, factory: type[sqlite3.Cursor] = sqlite3.Cursor) -> sqlite3.Cursor:
        return super().cursor(FaultyCursor)

    def commit(self) -> None:
        self.disk.commit(self)


class FaultyCursor(sqlite3.Cursor):
    connection: FaultyConnection

    def execute(self, statement: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.connection.disk.before(self.connection, statement)
        if statement.startswith("BEGIN"):
            self.connection.changes_before = self.connection.total_changes
        return super().execute(statement, parameters)

    def executemany(self, statement: str, parameters: Any) -> sqlite3.Cursor:
        self.connection.disk.before(self.connection, statement)
        return super().executemany(statement, parameters)


def open_simulated(path: Path, disk: Disk) -> Store:
    """Like `open_store`; nothing is lost with the power here, so it need not be waited for."""

    class OfThisDisk(FaultyConnection):
        pass

    OfThisDisk.disk = disk
    options = {"connect_args": {"factory": OfThisDisk, "check_same_thread": False}}
    return Store(connect_engine(f"sqlite:///{path}", durable=False, options=options), durable=False)
