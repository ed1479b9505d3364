"""One statement of a hot path, compiled once and given to the driver itself.

A single statement is a consistent view of its own, so no transaction is begun and ended around it; that, and
what SQLAlchemy does for a statement it may never have seen, takes several times as long as the rows. Only for
drivers that give values as they are (`DRIVERS`). Elsewhere, and whenever the driver refuses, the statement
takes the usual way, whose errors say what happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Select


class Seeking:
    """Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._alone = DRIVERS.get(f"{engine.dialect.name}+{engine.dialect.driver}")
        self._compiled: dict[Select[Any], tuple[str, Sequence[str] | None]] = {}

    def rows(self, statement: Select[Any], bound: Mapping[str, str | int]) -> list[Any] | None:
        """None: ask the usual way. `statement` is a constant of its module; what it compiles to is kept."""
        if self._alone is None:
            return None
        text, places = self._compiled.get(statement) or self._compile(statement)
        values = bound if places is None else tuple(bound[name] for name in places)
        lent = self._engine.raw_connection()
        try:
            with self._alone(lent.driver_connection):
                cursor = lent.cursor()
                cursor.execute(text, values)
                return list(cursor.fetchall())
        except self._engine.dialect.loaded_dbapi.Error:
            lent.invalidate()
            return None
        finally:
            lent.close()

    def _compile(self, statement: Select[Any]) -> tuple[str, Sequence[str] | None]:
        made: Any = statement.compile(self._engine)
        self._compiled[statement] = str(made), made.positiontup if made.positional else None
        return self._compiled[statement]


@contextmanager
def _as_it_is(_connection: Any) -> Iterator[None]:
    """SQLite's driver begins nothing on its own (`ecif.store.engine`)."""
    yield


@contextmanager
def _autocommit(connection: Any) -> Iterator[None]:
    """psycopg would begin a transaction, which is a journey of its own. Known to the driver alone."""
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = False


DRIVERS: Mapping[str, Callable[[Any], Any]] = {
    "sqlite+pysqlite": _as_it_is,
    "postgresql+psycopg": _autocommit,
}
