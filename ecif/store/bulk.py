"""Runs the writing statements, compiled once a dialect.

SQLAlchemy prepares every row of an executemany by walking its binds, which costs more than SQLite takes to
write it. Where the driver takes positional binds, the statement is compiled once and rows go to the driver as
tuples; elsewhere SQLAlchemy prepares them as usual. The columns of a statement's rows are always the same.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update

from ecif.store.rows import Row

Statement = Insert | Update | Delete
Compiled = tuple[str, Callable[[Row], Any]]


class Bulk:
    """One an engine; keeps the compiled statements."""

    def __init__(self) -> None:
        self._compiled: dict[Statement, Compiled] = {}

    def many(self, connection: Connection, statement: Statement, rows: Sequence[Row]) -> int:
        """Writes all rows; gives how many the database says took it."""
        if not rows:
            return 0
        if not connection.dialect.positional or connection.dialect.paramstyle != "qmark":
            return connection.execute(statement, rows).rowcount
        text, values = self._compiled.get(statement) or self._compile(connection, statement, rows[0])
        return connection.exec_driver_sql(text, [values(row) for row in rows]).rowcount

    def _compile(self, connection: Connection, statement: Statement, row: Row) -> Compiled:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(row))
        names = [str(name) for name in getattr(compiled, "positiontup", None) or ()]
        values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        self._compiled[statement] = (str(compiled), values)
        return self._compiled[statement]
