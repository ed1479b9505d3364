"""A reader that makes SQLite's write-ahead log grow is ended; one that does no harm is not."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ecif.store.engine import Tuning
from ecif.store.errors import ReaderEnded
from ecif.store.store import Store, open_store
from tests.databases import fresh

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n LIMIT 999999999)"
BUSY = text(f"{MANY} SELECT count(*) FROM n")
CAP = 1 << 20
HASTY = Tuning(reading_seconds=0.05, log_mebibytes=1)
ROW = text("INSERT INTO counter (name, next_free) VALUES (:name, 1)")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(open_store(fresh("sqlite", tmp_path), durable=False, tuning=HASTY)) as store:
        yield store


def write(store: Store, below: int, *, most: int = 200) -> None:
    """Commits, until the log is as large as that."""
    for _ in range(most):
        if store.log_bytes >= below:
            return
        with store.changing() as connection:
            connection.execute(ROW, [{"name": f"{time.time_ns()}-{row}"} for row in range(200)])
    raise AssertionError(f"the log stays at {store.log_bytes}")


@pytest.mark.fault("D8", "a read that works on and on is ended once the log is over its cap")
def test_a_reader_in_the_middle_of_a_statement(store: Store) -> None:
    ended = list[type[Exception]]()

    def read() -> None:
        try:
            with store.reading() as connection:
                connection.execute(BUSY)
        except Exception as error:
            ended.append(type(error))

    reader = threading.Thread(target=read)
    reader.start()
    write(store, CAP + 1)
    reader.join(60)
    assert ended == [ReaderEnded]


@pytest.mark.fault("D8", "one that rests is ended at its next statement, and the log begins anew")
def test_a_reader_that_rests(store: Store, tmp_path: Path) -> None:
    def rest() -> None:
        with store.reading() as connection:
            connection.execute(text("SELECT count(*) FROM counter"))
            write(store, CAP + 1)
            time.sleep(0.1)
            connection.execute(text("SELECT count(*) FROM counter"))

    with pytest.raises(ReaderEnded):
        rest()
    with store.reading() as connection:  # the same connection, anew
        connection.execute(text("SELECT count(*) FROM counter"))
    with contextlib.closing(sqlite3.connect(tmp_path / "hub.db")) as other:
        (busy, *_) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, store.log_bytes) == (0, 0)


def test_a_long_read_beside_a_small_log_goes_on(store: Store) -> None:
    with store.reading() as connection:
        connection.execute(text("SELECT count(*) FROM counter"))
        time.sleep(0.1)
        write(store, 10_000)
        connection.execute(text("SELECT count(*) FROM counter"))


def test_a_writer_is_never_ended(store: Store) -> None:
    write(store, CAP + 1)
    with store.changing() as connection:
        connection.execute(ROW, [{"name": "last"}])
        time.sleep(0.1)
        connection.execute(ROW, [{"name": "very last"}])
