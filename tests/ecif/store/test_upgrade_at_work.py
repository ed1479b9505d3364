"""FAULTS G4: a database of an older release with work in every state is upgraded, and all of it goes on.

The older database is made by its own migrations; its rows are those of today's hub, less the tables and
columns that it did not have.
"""

import pytest
from alembic import command
from sqlalchemy import MetaData, insert, select

from ecif.store import migrate
from ecif.store.chain import HUB
from ecif.store.engine import WRITING, connect_engine
from ecif.store.errors import SchemaOlder
from ecif.store.store import open_store
from tests.databases import POSTGRESQL, empty
from tests.ecif.bank import Bank


def as_it_was(source: str, target: str, revision: str) -> None:
    """The rows of one database in another one with that release's tables."""
    reading, writing = connect_engine(source), connect_engine(target)
    with reading.connect() as old, writing.connect().execution_options(**{WRITING: True}) as new, new.begin():
        config = migrate._config(HUB)
        config.attributes["connection"] = new
        command.upgrade(config, revision)
        there, here = MetaData(), MetaData()
        there.reflect(new)
        here.reflect(old)
        for table in there.sorted_tables:
            if table.name not in here.tables or table.name == HUB.version_table:
                continue
            common = [
                column.name for column in table.columns if column.name in here.tables[table.name].columns
            ]
            rows = [
                dict(row)
                for row in old.execute(select(*(here.tables[table.name].c[it] for it in common))).mappings()
            ]
            rows.sort(key=lambda row: row.get("merged_into") or "")  # who was merged comes after the survivor
            if rows:
                new.execute(insert(table), rows)
    reading.dispose()
    writing.dispose()


def work_in_every_state(bank: Bank) -> dict[str, object]:
    """Due, in flight, refused, set aside, in review, merged."""
    for n in range(6):
        bank.take(bank.person("loan", f"L{n}", f"张{n}", email=f"{n}@example.com"))
    bank.settle()
    numbers = [bank.look("loan", f"L{n}").head.ecif_no for n in range(6)]
    bank.service.merge(numbers[0], numbers[1], actor="wang", reason="one and the same", now=bank.now)
    (flying, *_) = bank.due("loan", limit=1)
    bank.service.merge(numbers[2], numbers[3], actor="wang", reason="these too", now=bank.now)
    (refused, *_) = bank.due("loan", limit=1)
    bank.take(bank.answer(refused, "2001"))
    failed = bank.person("core", "C9", "王五")
    bank.service.set_aside(failed, "a fault", bank.now)
    return {"flying": flying.push_id, "failed": failed, "numbers": numbers}


@pytest.mark.fault("G4", "due, in flight, refused, set aside, merged: after the upgrade all of it goes on")
@pytest.mark.parametrize("revision", [HUB.revisions[2], HUB.revisions[-2]])
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_an_upgrade_with_work_in_every_state(kind: str, revision: str, tmp_path) -> None:
    before = Bank(tmp_path, database=kind)
    state = work_in_every_state(before)
    was = before.backlog() if hasattr(before, "backlog") else before.service.backlog()
    url = empty(kind, tmp_path)
    before.store.close()
    as_it_was(before.url, url, revision)
    with pytest.raises(SchemaOlder):
        open_store(url)
    assert migrate.upgrade(url) == (revision, HUB.newest)
    after = Bank(tmp_path, url=url)
    after.now, after.seqs, after.ids = before.now, before.seqs, before.ids
    try:
        assert after.service.backlog() == was
        after.wait(3600)
        pushes = after.due("loan")
        assert state["flying"] in {push.push_id for push in pushes}
        for push in pushes:
            after.take(after.answer(push))
        assert after.one(state["failed"]).code == "9999"
        (row,) = after.rows("SELECT id FROM message WHERE state = 'failed'")
        (done,) = after.service.replay(
            [row[0]], lambda system, body, at: state["failed"], actor="wang", now=after.now
        )
        assert done.outcome == "applied"
        after.settle()
        assert after.one(after.person("loan", "L1", "张一", email="new@example.com")).code == "0000"
        assert after.look("loan", "L1").head.ecif_no == state["numbers"][0]
        after.settle()
        assert after.problems() == []
    finally:
        after.store.close()
