"""A store that cannot keep its promises is not opened, and says why."""

import sqlite3
from dataclasses import replace

import pytest

from ecif.store import engine
from ecif.store.chain import HUB
from ecif.store.engine import check_durable, check_schema, connect_engine
from ecif.store.errors import (
    SchemaMissing,
    SchemaNewer,
    SchemaOlder,
    StoreLocked,
    StoreUnreachable,
    StoreUnsafe,
)
from ecif.store.migrate import upgrade
from ecif.store.store import open_store


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/hub.db"
    upgrade(url)
    return url


def file_of(url):
    return url.removeprefix("sqlite:///")


def change(url, *statements):
    with sqlite3.connect(file_of(url)) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.fault("D0", "the setting is checked at start")
def test_sqlite_is_opened_with_what_survives_a_power_loss(url):
    store = open_store(url)
    with store.reading() as connection:
        check_durable(connection)
        found = {name: connection.exec_driver_sql(f"pragma {name}").scalar() for name in
                 ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert store.durable
    store.close()


@pytest.mark.fault("D0", "less is refused")
@pytest.mark.parametrize("setting", ["synchronous=NORMAL", "foreign_keys=OFF", "busy_timeout=10"])
def test_less_is_refused(url, setting):
    weak = connect_engine(url)
    with weak.connect() as connection:
        connection.connection.cursor().execute(f"PRAGMA {setting}")
        with pytest.raises(StoreUnsafe, match=setting.split("=")[0]):
            check_durable(connection)
    weak.dispose()


@pytest.mark.parametrize(("cache_mebibytes", "pages"), [(engine.CACHE_MEBIBYTES, 16_000), (512, 65_536)])
def test_the_log_grows_with_the_cache_and_stays_below_what_ends_readers(url, cache_mebibytes, pages):
    opened = connect_engine(url, cache_mebibytes=cache_mebibytes)
    with opened.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == pages
        size = connection.exec_driver_sql("PRAGMA page_size").scalar()
    opened.dispose()
    assert 2 * pages * size <= engine.TUNING.log_mebibytes << 20


def test_memory_has_no_write_ahead_log(url):
    with pytest.raises(StoreUnsafe, match="journal_mode"):
        open_store("sqlite://")


def test_no_file(tmp_path):
    with pytest.raises(SchemaMissing, match="db upgrade"):
        open_store(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_file_without_tables(tmp_path):
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaMissing):
        open_store(f"sqlite:///{tmp_path}/empty.db")


@pytest.mark.fault("D7", "older schema")
def test_an_older_schema(url):
    with connect_engine(url).connect() as connection, pytest.raises(SchemaOlder, match="needed is 9999"):
        check_schema(connection, replace(HUB, revisions=(*HUB.revisions, "9999")))


@pytest.mark.fault("D7", "newer schema")
def test_a_newer_schema(url):
    change(url, "update alembic_version set version_num = '9999'")
    with pytest.raises(SchemaNewer, match="9999"):
        open_store(url)
    with pytest.raises(SchemaNewer):
        upgrade(url)


def test_no_database(tmp_path):
    (tmp_path / "text.db").write_text("this is no database" * 100)
    with pytest.raises(StoreUnreachable):
        open_store(f"sqlite:///{tmp_path}/text.db")


@pytest.mark.parametrize("url", ["nonsense", "mysteryql://host/db"])
def test_no_such_kind_of_database(url):
    with pytest.raises(StoreUnreachable):
        open_store(url)


def test_a_locked_database(url, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 20)
    store = open_store(url)
    other = sqlite3.connect(file_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked), store.unit():
        pass
    with store.reading():
        pass
    other.execute("ROLLBACK")
    other.close()
    with store.unit():
        pass
    store.close()


def test_errors_hold_no_values(url):
    store = open_store(url)
    with pytest.raises(Exception) as raised, store.unit() as unit:  # noqa: PT011
        unit._connection.exec_driver_sql(
            "insert into counter values ('secret-name', 'x'), ('secret-name', 'x')"
        )
    assert "secret" not in str(raised.value)
    store.close()
