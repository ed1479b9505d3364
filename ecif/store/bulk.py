"""Runs the statements of the hot path, compiled once a dialect.

SQLAlchemy prepares every row of an executemany by walking its binds, and every IN list by rendering it anew,
which costs more than SQLite takes to answer. Where the driver takes positional binds, the text is made once
and values go to the driver's own cursor as tuples; PostgreSQL is sent many new rows by COPY; elsewhere
SQLAlchemy prepares them as usual. The columns of a statement's rows are always the same, and an insert is a
table's, without anything of its own.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

from ecif.store.rows import Row

Statement = Insert | Update | Delete
Compiled = tuple[str, Callable[[Row], Any]]
T = TypeVar("T")
COPIED = 100
"""Rows from which on COPY takes less time than one bind each: it has to be begun and ended."""
KEYS = "keys"
"""Name of the IN list of a reading statement; it stands once."""


class _Read(NamedTuple):
    text: str
    before: list[str]
    """Names of the binds before the IN list."""
    after: list[str]
    values: Row
    """Of the statement's own."""


class Bulk:
    """One an engine; keeps the compiled statements."""

    def __init__(self) -> None:
        self._compiled: dict[Statement, Compiled] = {}
        self._reads: dict[tuple[Select[Any], int], _Read] = {}

    def read(
        self, connection: Connection, statement: Select[Any], keys: Sequence[Any], bound: Row
    ) -> Sequence[Any]:
        """All rows for at least one key."""
        if not _positional(connection):
            return connection.execute(statement, {KEYS: keys, **bound}).all()
        size = 1 << (len(keys) - 1).bit_length()  # few sizes, few texts: the last key stands again
        read = self._reads.get((statement, size)) or self._compile_read(connection, statement, size, bound)
        values = {**read.values, **bound}
        before, after = [values[name] for name in read.before], [values[name] for name in read.after]
        bind = (*before, *keys, *[keys[-1]] * (size - len(keys)), *after)
        return _driven(connection, read.text, lambda cursor: cursor.execute(read.text, bind).fetchall())

    def _compile_read(self, connection: Connection, statement: Select[Any], size: int, bound: Row) -> "_Read":
        compiled = statement.compile(dialect=connection.dialect)
        expanded = compiled.construct_expanded_state({KEYS: [""] * size, **bound})
        names = list(expanded.positiontup or ())
        first = names.index(f"{KEYS}_1")
        before, after = names[:first], names[first + size :]
        own = {name: expanded.parameters[name] for name in (*before, *after) if name not in bound}
        self._reads[statement, size] = _Read(expanded.statement, before, after, own)
        return self._reads[statement, size]

    def many(self, connection: Connection, statement: Statement, rows: Sequence[Row]) -> int:
        """Writes all rows; gives how many the database says took it."""
        if not rows:
            return 0
        if len(rows) >= COPIED and isinstance(statement, Insert) and connection.dialect.driver == "psycopg":
            return self._copy(connection, statement, rows)
        if not _positional(connection):
            return connection.execute(statement, rows).rowcount
        text, values = self._compiled.get(statement) or self._compile(connection, statement, rows[0])
        bind = [values(row) for row in rows]
        taken: int = _driven(connection, text, lambda cursor: cursor.executemany(text, bind).rowcount)
        return taken

    def _copy(self, connection: Connection, statement: Insert, rows: Sequence[Row]) -> int:
        text, values = self._compiled.get(statement) or self._compile_copy(connection, statement, rows[0])

        def act(cursor: Any) -> int:
            with cursor.copy(text) as copy:
                for row in rows:
                    copy.write_row(values(row))
            return int(cursor.rowcount)

        return _driven(connection, text, act)

    def _compile_copy(self, connection: Connection, statement: Insert, row: Row) -> Compiled:
        quoted = connection.dialect.identifier_preparer
        names = ", ".join(map(quoted.quote, row))
        text = f"COPY {quoted.format_table(statement.table)} ({names}) FROM STDIN"
        self._compiled[statement] = (text, _values(list(row)))
        return self._compiled[statement]

    def _compile(self, connection: Connection, statement: Statement, row: Row) -> Compiled:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(row))
        names = [str(name) for name in getattr(compiled, "positiontup", None) or ()]
        self._compiled[statement] = (str(compiled), _values(names))
        return self._compiled[statement]


def _values(names: Sequence[str]) -> Callable[[Row], Any]:
    """A row as a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


def _driven(connection: Connection, text: str, act: Callable[[Any], T]) -> T:
    """On a cursor of the driver; what goes wrong is raised as SQLAlchemy does it, without parameters."""
    dialect = connection.dialect
    assert dialect.loaded_dbapi is not None
    cursor = connection.connection.cursor()
    try:
        return act(cursor)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        raised = DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error,
            hide_parameters=True, connection_invalidated=lost, dialect=dialect,
        )  # fmt: skip
        if lost:
            connection.invalidate(error)
        raise raised from error
    finally:
        cursor.close()


def _positional(connection: Connection) -> bool:
    return connection.dialect.positional and connection.dialect.paramstyle == "qmark"
