"""A reader that goes on and on while SQLite's write-ahead log grows is ended.

The log can only begin anew when nobody reads what is before it: one reader that stays makes it grow with
every commit, until the disk is full and the hub can take nothing in. So a read transaction may take its time
while the log is small; once it is over its cap, a transaction older than the limit ends with `ReaderEnded`.
SQLite asks between its steps (sqlite.org/c3ref/progress_handler.html); a transaction that rests is met at its
next statement. Readers that are no part of this program cannot be ended: the log's size is a metric.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from ecif.store.errors import ReaderEnded

_STEPS: Final = 50_000
"""Of SQLite's virtual machine between two looks: about a millisecond."""
_OVER: Final = "ecif_over"
TOO_LONG: Final = "a read took too long while the database's log grew: try again when less is written"


def log_bytes(database: str | None) -> int:
    """Size of the write-ahead log of this file."""
    try:
        return Path(f"{database}-wal").stat().st_size
    except OSError:
        return 0


class Readers:
    """Of one database file. What is remembered of a connection stands in SQLAlchemy's `Connection.info`."""

    def __init__(self, database: str | None, seconds: float, cap_bytes: int) -> None:
        self._database, self._seconds, self._cap = database, seconds, cap_bytes

    def begins(self, connection: Connection, *, writing: bool) -> None:
        """A transaction. One that writes may take as long as it takes: nobody writes beside it."""
        over = None if writing else self._limit()
        connection.info[_OVER] = over
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(over, 0 if writing else _STEPS)

    def _limit(self) -> Callable[[], bool]:
        until = time.monotonic() + self._seconds
        return lambda: time.monotonic() > until and log_bytes(self._database) > self._cap


def check_reader(connection: Connection, *_: object) -> None:
    """Before a statement. Raises ReaderEnded."""
    over = connection.info.get(_OVER)
    if over is not None and over():
        raise ReaderEnded(TOO_LONG)
