"""The migrations make exactly the tables that the program knows, anywhere."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from ecif.store import migrate
from ecif.store.schema import REVISIONS, SCHEMA, metadata


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


def test_the_program_knows_all_revisions():
    scripts = ScriptDirectory.from_config(migrate._config())
    assert scripts.get_current_head() == SCHEMA
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


@pytest.mark.parametrize("dialect", ["oracle", "postgresql", "sqlite"])
def test_a_dba_can_read_the_statements(dialect):
    text = migrate.statements(dialect)
    assert text.count("CREATE TABLE") == len(metadata.tables) + 1
    assert "0001" in text
