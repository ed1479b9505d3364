"""Whether a database's tables are those of this release: what `ecif db check` says to an operator.

Alembic compares columns, types, NULL, indexes, unique and foreign keys; primary keys are compared here.
Tables of other programs are nobody's business, nor are comments or the column that partitions a table.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect

from ecif.store.migrations.oracle import DAY
from ecif.store.schema import metadata


def differences(connection: Connection, declared: MetaData = metadata) -> list[str]:
    """One line each; none where the tables are as declared."""

    def ours(item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
        if kind == "table":
            return name in declared.tables
        return not (kind == "column" and reflected and name == DAY)

    options = {"compare_type": True, "include_object": ours}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), declared)
    there = {table for table in declared.tables if connection.dialect.has_table(connection, table)}
    return sorted({*_told(found), *_primary_keys(connection, declared, there)})


def _told(found: Iterable[Any]) -> Iterator[str]:
    for one in found:
        if isinstance(one, list):  # what is modified of one column
            yield from _told(one)
            continue
        kind, _, what = str(one[0]).partition("_")
        if "comment" in what:
            continue
        yield _modified(one, what) if kind == "modify" else _whole(one, kind, what)


def _modified(one: Any, what: str) -> str:
    _, _schema, table, column, _facts, found, wanted = one
    if what == "nullable":
        found, wanted = ("NULL" if found else "NOT NULL"), ("NULL" if wanted else "NOT NULL")
    return f"{table}: column {column} is {found}, must be {wanted}"


def _whole(one: Any, kind: str, what: str) -> str:
    said = "is missing" if kind == "add" else "is not of this release"
    if what == "table":
        return f"{one[1].name}: the table {said}"
    if what == "column":
        return f"{one[2]}: column {one[3].name} {said}"
    return f"{one[1].table.name}: {_NOUNS.get(what, what)} {one[1].name or ''} {said}"


_NOUNS = {"fk": "foreign key"}


def _primary_keys(connection: Connection, declared: MetaData, there: set[str]) -> Iterator[str]:
    inspector = inspect(connection)
    for name in there:
        wanted = [column.name for column in declared.tables[name].primary_key.columns]
        found = inspector.get_pk_constraint(name)["constrained_columns"]
        if found != wanted:
            yield f"{name}: primary key is ({', '.join(found)}), must be ({', '.join(wanted)})"
