"""A look-alike of the module `oracledb` over H2 in Oracle mode (Debian's `libh2-java`, by JPype).

The nearest thing to Oracle that runs anywhere: under SQLAlchemy's own `oracle+oracledb` dialect the
statements are Oracle's, and numbers, CLOB and BLOB come and go as with the driver. It proves neither Oracle's
locking nor its plans nor its grammar: what H2 takes and Oracle does not, `tests.oracle.lint` refuses here,
and '' as a value to be kept. Types, constants and exceptions are those of the real module; only `connect` is
made here. Binds are by name; rows pass through the output type handlers.
"""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oracledb

from tests.oracle.lint import faults

JAR = Path("/usr/share/java/h2.jar")
VERSION = "19.3.0.0.0"
_URL = "jdbc:h2:mem:{};MODE=Oracle;DB_CLOSE_DELAY=60;LOCK_TIMEOUT=5000;INIT={}"
"""A database is forgotten a minute after its last connection is closed: hundreds of them fill the heap."""
_DICTIONARY = r"\;".join(
    f"CREATE VIEW IF NOT EXISTS all_{kind}s AS SELECT table_name {kind}_name, table_schema owner "
    f"FROM information_schema.tables WHERE table_type = '{said}'"
    for kind, said in (("table", "BASE TABLE"), ("view", "VIEW"))
)
"""What the dialect asks of Oracle's dictionary."""

_BIND = re.compile(r"'(?:[^']|'')*'|:\"?(\w+)\"?")
_WAIT = re.compile(r" WAIT \d+\s*$")
"""Of FOR UPDATE: H2 2.1 has it for the connection only, as LOCK_TIMEOUT."""
_KINDS = {
    2004: oracledb.DB_TYPE_BLOB,
    2005: oracledb.DB_TYPE_CLOB,
    -3: oracledb.DB_TYPE_RAW,
    12: oracledb.DB_TYPE_VARCHAR,
    1: oracledb.DB_TYPE_CHAR,
    **dict.fromkeys((-5, 2, 3, 4, 5), oracledb.DB_TYPE_NUMBER),
}
"""java.sql.Types → type of the driver."""
_ERRORS: dict[str, tuple[type[Exception], int]] = {
    "23505": (oracledb.IntegrityError, 1),
    "23502": (oracledb.IntegrityError, 1400),
    "23503": (oracledb.IntegrityError, 2292),
    "23506": (oracledb.IntegrityError, 2291),
    "22001": (oracledb.DatabaseError, 12899),
    "40001": (oracledb.DatabaseError, 60),
    "90131": (oracledb.DatabaseError, 8177),
    "HYT00": (oracledb.DatabaseError, 60),
    "42S02": (oracledb.DatabaseError, 942),
}
"""SQLSTATE of H2 → what Oracle would have said. HYT00, a lock that was waited for too long: H2 does not see
that one who waits for a row locked by SELECT FOR UPDATE and one who waits for an inserted key wait for each
other (60 of 60 tries); Oracle does."""


def __getattr__(name: str) -> Any:
    return getattr(oracledb, name)


@cache
def _java() -> Any:
    import jpype

    # -Xrs: Java leaves the signals to Python.
    jpype.startJVM("-Xrs", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", classpath=[str(JAR)])
    return SimpleNamespace(
        Driver=jpype.JClass("org.h2.Driver"),
        Properties=jpype.JClass("java.util.Properties"),
        Bytes=jpype.JArray(jpype.JByte),
        SQLException=jpype.JClass("java.sql.SQLException"),
    )


def connect(dsn: str, tcp_connect_timeout: float = 0) -> "Connection":
    java = _java()
    connection = Connection(java.Driver().connect(_URL.format(dsn, _DICTIONARY), java.Properties()))
    connection.java.setAutoCommit(False)
    return connection


def _failed(error: Any) -> Exception:
    """As the driver's: args[0] is an object with a code."""
    kind, code = _ERRORS.get(str(error.getSQLState()), (oracledb.DatabaseError, 900))
    return kind(SimpleNamespace(code=code, full_code=f"ORA-{code:05}", message=str(error.getMessage())))


class Connection:
    thin, version, autocommit, max_identifier_length = True, VERSION, False, 128
    outputtypehandler: Any = None
    call_timeout = 0

    def __init__(self, java: Any) -> None:
        self.java = java

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None:
        self.java.commit()

    def rollback(self) -> None:
        self.java.rollback()

    def ping(self) -> None:
        self.java.isValid(1)

    def close(self) -> None:
        self.java.rollback()
        self.java.close()


class Cursor:
    arraysize, rowcount = 100, -1
    outputtypehandler: Any = None
    call_timeout = 0

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: list[tuple[Any, ...]] | None = None
        self._rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._rows = []

    def setinputsizes(self, **_: Any) -> None:
        """Java asks the value."""

    def var(self, kind: Any, size: int = 0, arraysize: int = 1, outconverter: Any = None, **_: Any) -> Any:
        return SimpleNamespace(kind=kind, outconverter=outconverter)

    def execute(self, statement: str, parameters: Any = None, **named: Any) -> "Cursor":
        self._run(statement, [parameters or named])
        return self

    def executemany(self, statement: str, parameters: Any) -> None:
        self._run(statement, parameters)

    def _run(self, statement: str, rows: Any) -> None:
        assert faults(statement) == (), f"Oracle would not take this: {statement}"
        try:
            self._prepared(statement, rows)
        except _java().SQLException as error:
            raise _failed(error) from None

    def _prepared(self, statement: str, rows: Any) -> None:
        names = [name for name in _BIND.findall(statement) if name]
        text = _BIND.sub(lambda found: "?" if found[1] else found[0], _WAIT.sub("", statement))
        prepared = self.connection.java.prepareStatement(text)
        keeps = not statement.startswith("SELECT")
        self.description, self._rows = None, []
        try:
            for row in rows:
                for at, name in enumerate(names, 1):
                    assert not (keeps and row[name] == ""), "Oracle would keep NULL"
                    _bind(prepared, at, row[name])
                if len(rows) > 1:
                    prepared.addBatch()
            if len(rows) > 1:
                self.rowcount = sum(prepared.executeBatch())
            elif prepared.execute():
                self._read(prepared.getResultSet())
            else:
                self.rowcount = int(prepared.getUpdateCount())
        finally:
            prepared.close()

    def _read(self, result: Any) -> None:
        facts = result.getMetaData()
        columns = [_Column(self, facts, at) for at in range(1, int(facts.getColumnCount()) + 1)]
        self.description = [(c.name, c.kind, None, None, c.precision, c.scale, True) for c in columns]
        while result.next():
            self._rows.append(tuple(column.value(result) for column in columns))
        self.rowcount = len(self._rows)

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = size or self.arraysize
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        taken, self._rows = self._rows, []
        return taken


class _Column:
    """Of one result: how its values come to Python."""

    def __init__(self, cursor: Cursor, facts: Any, at: int) -> None:
        self._at, self.name = at, str(facts.getColumnLabel(at))
        self.kind = _KINDS[int(facts.getColumnType(at))]
        self.scale = int(facts.getScale(at)) if self.kind is oracledb.DB_TYPE_NUMBER else 0
        self.precision = int(facts.getPrecision(at)) if self.kind is oracledb.DB_TYPE_NUMBER else 0
        handler = cursor.outputtypehandler or cursor.connection.outputtypehandler
        self._var = handler and handler(cursor, self.name, self.kind, 0, self.precision, self.scale)

    def value(self, result: Any) -> Any:
        if self.kind in (oracledb.DB_TYPE_BLOB, oracledb.DB_TYPE_RAW):
            found = result.getBytes(self._at)
            return None if found is None else bytes(found)
        text = result.getString(self._at)
        if text is None:
            return None
        if self._var and self._var.kind in (oracledb.STRING, str):
            return self._var.outconverter(str(text)) if self._var.outconverter else str(text)
        if self.kind is oracledb.DB_TYPE_NUMBER:
            return Decimal(str(text)) if self.scale else int(str(text))
        return str(text)


def _bind(prepared: Any, at: int, value: Any) -> None:
    if value is None or value == "":
        prepared.setNull(at, 12)
    elif isinstance(value, str):
        prepared.setString(at, value)
    elif isinstance(value, int):
        prepared.setLong(at, int(value))
    elif isinstance(value, bytes):
        prepared.setBytes(at, _java().Bytes(value))
    else:
        raise oracledb.NotSupportedError(SimpleNamespace(code=0, message=type(value).__name__))
