"""Bringing a database's tables to this release's schema.

Alembic is imported only from here on, because it takes longer to load than the hub takes to start.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ecif.store.chain import HUB, Chain
from ecif.store.comparing import differences
from ecif.store.engine import WRITING, check_schema, connect_engine, read_url, schema_version
from ecif.store.errors import SchemaNewer, StoreError, StoreFailed, StoreUnreachable
from ecif.store.store import translate

FOLDER = Path(__file__).parent / "migrations"

_HEADERS = {
    "oracle": """\
-- Tables of %s, schema %s, for Oracle 19c or newer in character set AL32UTF8.
-- Run it once as the owner of the tables, in SQL*Plus or SQLcl with NLS_LANG=.AL32UTF8:
--     sqlplus hub@db @tables.sql
-- That user may make tables and has a quota. Lengths of text are in characters; times are NUMBER(19),
-- microseconds since 1970 in UTC. message_body and change_event have a partition for each month, dropped by
--     ALTER TABLE message_body DROP PARTITION FOR (DATE '2024-06-15') UPDATE INDEXES;
WHENEVER SQLERROR EXIT FAILURE ROLLBACK
SET DEFINE OFF
SET SQLBLANKLINES ON

"""
}
_FOOTERS = {"oracle": "COMMIT;\n"}


def upgrade(url: str, chain: Chain = HUB, *, durable: bool = True) -> tuple[str | None, str]:
    """Makes or upgrades the tables; gives the schema before and after. An SQLite file's folder is made."""
    _make_folder(url)
    with _connected(url, durable=durable) as connection:
        before = schema_version(connection, chain)
        if before is not None and before not in chain.revisions:
            raise SchemaNewer(f"the database has schema {before}, this program knows up to {chain.newest}")
        if before != chain.newest:
            config = _config(chain)
            config.attributes["connection"] = connection
            command.upgrade(config, chain.newest)
        return before, chain.newest


def check(url: str, chain: Chain = HUB) -> list[str]:
    """In what the tables differ from this release's. Raises a StoreError where they are of another one."""
    with _connected(url) as connection:
        check_schema(connection, chain)
        return differences(connection, chain.metadata)


def statements(dialect: Literal["oracle", "postgresql", "sqlite"], chain: Chain = HUB) -> str:
    """What `upgrade` would run on an empty database, for a DBA to read and run."""
    text = io.StringIO()
    config = _config(chain, text)
    config.set_main_option("dialect", dialect)
    command.upgrade(config, chain.newest, sql=True)
    header = _HEADERS[dialect] % (chain.owner, chain.newest) if dialect in _HEADERS else ""
    return header + text.getvalue() + _FOOTERS.get(dialect, "")


def _config(chain: Chain, text: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=text) if text is not None else Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(chain.versions))
    config.attributes["chain"] = chain
    return config


@contextmanager
def _connected(url: str, *, durable: bool = True) -> Iterator[Connection]:
    engine = connect_engine(url, durable=durable)
    try:
        with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
            yield connection
    except StoreError:
        raise
    except (SQLAlchemyError, OSError) as error:
        failed = translate(error)
        raise (StoreUnreachable(str(failed)) if type(failed) is StoreFailed else failed) from error
    finally:
        engine.dispose()


def _make_folder(url: str) -> None:
    parsed = read_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        folder = Path(str(parsed.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnreachable(f"the folder of the SQLite file cannot be made: {folder}") from error
