"""The migrations make exactly the tables that the program knows, anywhere."""

import re

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, select, text

from ecif.store import migrate
from ecif.store.chain import HUB
from ecif.store.comparing import differences
from ecif.store.engine import check_schema, connect_engine
from ecif.store.schema import SCHEMA, metadata
from ocrm_api.chains import INDEX, OCRM, TRAIL, placed
from tests.databases import H2, HAS_H2, NO_H2, POSTGRESQL, SHARED, empty, fresh

CHAINS = [HUB, OCRM, TRAIL, INDEX]


def test_the_migrated_schema_is_the_declared_one(tmp_path):
    url = f"sqlite:///{tmp_path}/deep/folder/hub.db"
    assert migrate.upgrade(url) == (None, SCHEMA)
    assert migrate.upgrade(url) == (SCHEMA, SCHEMA)
    migrate.check(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        names = {c["name"] for c in inspect(connection).get_unique_constraints("message")}
    engine.dispose()
    assert names == {"uq_message_id"}


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.version_table)
def test_the_program_knows_all_revisions(chain):
    scripts = ScriptDirectory.from_config(migrate._config(chain))
    assert scripts.get_current_head() == chain.newest
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(chain.revisions)


@pytest.mark.parametrize("kind", SHARED)
def test_all_chains_live_in_one_database(kind, tmp_path):
    url = fresh(kind, tmp_path)
    for chain, place in placed(url):
        assert migrate.upgrade(place, chain) == (chain.newest, chain.newest)
        assert migrate.check(place, chain) == []


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.version_table)
@pytest.mark.parametrize("dialect", ["oracle", "postgresql", "sqlite"])
def test_a_dba_can_read_the_statements(dialect, chain):
    script = migrate.statements(dialect, chain)
    made = set(re.findall(r"CREATE TABLE (\w+)", script))
    assert made == {*chain.metadata.tables, chain.version_table}
    assert all(revision in script for revision in chain.revisions)


@pytest.mark.parametrize("chain", [OCRM, TRAIL, INDEX], ids=lambda chain: chain.version_table)
def test_every_table_of_ocrm_says_what_it_holds(chain):
    script = migrate.statements("oracle", chain)
    for table in chain.metadata.tables:
        assert f"COMMENT ON TABLE {table} IS" in script, "give it a comment, in the revision too"


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL, H2])
def test_change_events_of_the_first_release_are_kept(kind, tmp_path):
    """They were known by their versions; that is their number now, and they stay outside the chain."""
    engine = connect_engine(empty(kind, tmp_path))
    config = migrate._config(HUB)
    row = "'{}', {}, 'image', 1, 2, '{{}}'"
    kept = "ecif_no, version, cause, holds_from, stored_at, difference"
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for said in (("100", 3), ("100", 8), ("200", 1)):
            connection.execute(text(f"INSERT INTO change_event ({kept}) VALUES ({row.format(*said)})"))
        command.upgrade(config, SCHEMA)
        rows = connection.execute(text("SELECT ecif_no, seq, version, chain FROM change_event ORDER BY 1, 2"))
        assert [tuple(row) for row in rows] == [("100", 3, 3, None), ("100", 8, 8, None), ("200", 1, 1, None)]
        assert kind == "h2" or differences(connection) == []  # H2 cannot be asked as an Oracle is
    engine.dispose()


def test_the_script_for_oracle_can_be_read_and_run(tmp_path):
    """SQL*Plus ends a statement at `;` and stops at the first error; every table says what it holds."""
    script = migrate.statements("oracle")
    assert script.startswith("-- Tables of the hub")
    assert "WHENEVER SQLERROR EXIT" in script
    assert script.endswith("COMMIT;\n")
    for table in metadata.tables:
        assert f"COMMENT ON TABLE {table} IS" in script, "describe it in ecif/store/comments.py"
    monthly = [part for part in script.split(";\n") if "PARTITION BY RANGE (stored_on) INTERVAL" in part]
    assert ["message_body" in part or "change_event" in part for part in monthly] == [True, True]
    assert "COLUMN party.rev IS" in script


@pytest.mark.skipif(not HAS_H2, reason=NO_H2)
def test_the_script_for_oracle_makes_the_tables():
    """On H2, which knows neither SQL*Plus' commands nor partitions."""
    script = re.sub(r"(?m)^(--|WHENEVER|SET ).*\n|^PARTITION BY .*\n.*\n.*(?=;)|^ +stored_on DATE .*\n", "",
                    migrate.statements("oracle"))  # fmt: skip
    engine = create_engine("oracle+h2:///script")
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))
        check_schema(connection)
        for table in metadata.sorted_tables:
            assert connection.execute(select(table)).all() == []
    engine.dispose()
