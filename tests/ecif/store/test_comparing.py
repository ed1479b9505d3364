"""`ecif db check` tells every kind of difference, on the databases that can be asked, and nothing else."""

import pytest
from sqlalchemy import text

from ecif.store import migrate
from ecif.store.engine import connect_engine
from tests.databases import POSTGRESQL, fresh

BOTH = {
    "DROP INDEX ix_message_state": "message: index ix_message_state is missing",
    "DROP TABLE no_match": "no_match: the table is missing",
    "ALTER TABLE counter ADD COLUMN more INTEGER": "counter: column more is not of this release",
    "ALTER TABLE message RENAME COLUMN ms TO took": "message: column ms is missing",
    "CREATE INDEX ix_party_name ON party (name)": "party: index ix_party_name is not of this release",
}
POSTGRESQL_ONLY = {
    "ALTER TABLE party ALTER COLUMN name TYPE VARCHAR(100)":
        "party: column name is VARCHAR(100), must be VARCHAR(400)",
    "ALTER TABLE party ALTER COLUMN detail DROP NOT NULL": "party: column detail is NULL, must be NOT NULL",
    "ALTER TABLE message DROP CONSTRAINT uq_message_id": "message: constraint uq_message_id is missing",
    "ALTER TABLE match_key DROP CONSTRAINT pk_match_key":
        "match_key: primary key is (), must be (match_key, ecif_no)",
    "ALTER TABLE merge_member DROP CONSTRAINT fk_merge_member_merge_event":
        "merge_member: foreign key fk_merge_member_merge_event is missing",
}  # fmt: skip


def _changed(url, statements):
    engine = connect_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
    return migrate.check(url)


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_migrated_tables_are_those_of_this_release(kind, tmp_path):
    url = fresh(kind, tmp_path)
    assert migrate.check(url) == []
    others = ["CREATE TABLE of_another_program (id INTEGER)"]
    assert _changed(url, others) == []


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_differences_are_told(kind, tmp_path):
    expected = BOTH if kind == "sqlite" else BOTH | POSTGRESQL_ONLY
    found = _changed(fresh(kind, tmp_path), expected)
    assert set(expected.values()) <= set(found)
    assert set(found) - set(expected.values()) == {"message: column took is not of this release"}
