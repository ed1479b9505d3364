"""One statement by the driver itself: the same rows, and the usual errors."""

from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from ecif.store import schema as t
from ecif.store.errors import StoreError
from ecif.store.seeking import DRIVERS
from ecif.store.store import open_store
from tests.databases import POSTGRESQL, fresh

_BY_NAME = select(t.counter.c.name, t.counter.c.next_free).where(t.counter.c.name == bindparam("name"))
_ADD = t.counter.insert().values(name="ecif", next_free=7)


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_rows_of_one_statement(kind: str, tmp_path: Path) -> None:
    store = open_store(fresh(kind, tmp_path))
    try:
        assert store.rows(_BY_NAME, {"name": "ecif"}) == []
        with store.changing() as connection:
            connection.execute(_ADD)
        for _ in range(2):
            assert [tuple(row) for row in store.rows(_BY_NAME, {"name": "ecif"})] == [("ecif", 7)]
        with store.reading() as connection:  # the connection that was lent is as it was
            assert connection.execute(_BY_NAME, {"name": "ecif"}).all() == [("ecif", 7)]
    finally:
        store.close()


def test_a_refusal_of_the_driver_is_told_as_always(tmp_path: Path) -> None:
    store = open_store(fresh("sqlite", tmp_path))
    try:
        with store.changing() as connection:
            connection.exec_driver_sql("DROP TABLE counter")
        with pytest.raises(StoreError):
            store.rows(_BY_NAME, {"name": "ecif"})
    finally:
        store.close()


def test_the_drivers_are_those_that_are_used(tmp_path: Path) -> None:
    """A name that changes would take the slow way in silence."""
    store = open_store(fresh("sqlite", tmp_path))
    try:
        dialect = store._engine.dialect
        assert f"{dialect.name}+{dialect.driver}" in DRIVERS
    finally:
        store.close()
