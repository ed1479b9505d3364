"""A unit of work: all or nothing, one writer's work is never undone by another's."""

import gc
import weakref

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from ecif.model import (
    Attribute,
    Flying,
    Golden,
    Holding,
    Listed,
    Own,
    Party,
    Pin,
    Pushed,
    Relation,
    Shown,
    SourceRecord,
    Survivor,
)
from ecif.store import reports
from ecif.store import schema as t
from ecif.store.errors import Collided, Crossed
from ecif.store.rows import JournalRow, Schedule
from ecif.store.schema import WIDTH
from ecif.store.store import open_store
from tests.databases import EVERY, fresh

RECORD = SourceRecord(
    "core",
    "1",
    "100000000001",
    seq=3,
    attributes={
        "name": Attribute(Own("张三", 5, 3, 1), "张三", (Shown("张三", 5, 5), Pushed(None, 6, "P1", 7)), 2),
        "document": Attribute(Own(("resident_id", "1", None), 5, 3, 1), ("resident_id", "1", None)),
    },
    named={"document": "resident_id"},
    relations=Listed((Relation("spouse", "李四", ("passport", "E1")),), 9),
    holdings=Listed((Holding("deposit", "6222"),), 9),
    number_held="100000000001",
    flying=Flying("P1", "100000000001", 2, {"name": None}, 7, 2, {"name": "张三"}),
    refused="digest",
    standoff=True,
)
PARTY = Party("100000000001", 2, pins={"risk": (Pin(1, "R1", "steward", "why"), Pin(2, None))})


@pytest.fixture(params=EVERY)
def url(tmp_path, request):
    return fresh(request.param, tmp_path)


@pytest.fixture
def store(url):
    store = open_store(url)
    with store.unit() as unit:
        unit.add_party(PARTY)
        unit.add_record(RECORD)
        unit.schedules[RECORD.key] = Schedule(10, 9, 3, 77, "9001")
        unit.matches.put(PARTY.ecif_no, ("document:x",))
        unit.commit(1)
    yield store
    store.close()


def test_what_is_too_long_for_its_column_is_whole_in_the_record(store, url):
    long = replace(RECORD, holdings=Listed((Holding("wealth", "P1", product="名" * 300),), 9))
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        unit.records[RECORD.key] = long
        unit.commit(1)
    other = open_store(url)
    with other.unit() as unit:
        unit.load_records([long.key])
        assert unit.records[long.key].holdings == long.holdings
    other.close()


def test_everything_comes_back_as_it_was(store, url):
    other = open_store(url)
    with other.unit() as unit:
        unit.load_records([RECORD.key, ("core", "2")])
        assert unit.records == {RECORD.key: RECORD}
        assert unit.parties == {PARTY.ecif_no: PARTY}
        assert unit.schedules[RECORD.key] == Schedule(10, 9, 3, 77, "9001")
        assert unit.matches.of(PARTY.ecif_no) == ("document:x",)
        assert unit.keys(unit.cluster_of(PARTY.ecif_no)) == {RECORD.key}
    other.close()


def test_without_commit_nothing_happened(store):
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        unit.records[RECORD.key] = replace(RECORD, seq=9)
    with pytest.raises(ZeroDivisionError), store.unit() as unit:  # noqa: PT012
        unit.add_party(Party("100000000009"))
        raise ZeroDivisionError
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        unit.load_parties(["100000000009"])
        assert unit.records[RECORD.key].seq == 3
        assert "100000000009" not in unit.parties


def test_what_memory_decided_wins_over_what_is_read_later(store):
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        unit.records[RECORD.key] = replace(RECORD, seq=9)
        unit.load_members(unit.clusters.values())
        unit.load_records([RECORD.key])
        assert unit.records[RECORD.key].seq == 9
        unit.matches.put(PARTY.ecif_no, ("document:y",))
        unit.matches.load(["document:x", "document:y"])
        assert unit.carriers(["document:x"]) == set()
        assert unit.carriers(["document:y"]) == {PARTY.ecif_no}


def test_a_dropped_record_does_not_come_back(store):
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        unit.drop_record(RECORD.key)
        unit.load_records([RECORD.key])
        assert unit.members(unit.cluster_of(PARTY.ecif_no)) == []
        unit.commit(2)
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        assert unit.records == {}


def test_a_row_changed_by_another_process_is_not_overwritten(store, url):
    with store.unit() as unit:
        unit.load_records([RECORD.key])
    other = open_store(url)
    late = store.unit()
    with late as unit:
        unit.load_records([RECORD.key])
        stale = unit.stored_records[RECORD.key]
    with other.unit() as unit:
        unit.load_records([RECORD.key])
        unit.records[RECORD.key] = replace(RECORD, seq=8)
        unit.commit(2)
    with pytest.raises(Crossed), store.unit() as unit:  # noqa: PT012
        unit.load_records([RECORD.key])
        unit.stored_records[RECORD.key] = stale
        unit.records[RECORD.key] = replace(stale.record, seq=9)
        unit.commit(3)
    with store.unit() as unit:
        unit.load_records([RECORD.key])
        assert unit.records[RECORD.key].seq == 8
    other.close()


def test_a_row_that_exists_already_is_told(store):
    with pytest.raises(Collided), store.unit() as unit:  # noqa: PT012
        unit.add_party(PARTY)
        unit.commit(2)


def test_many_keys_are_asked_in_parts(store):
    with store.unit() as unit:
        unit.load_parties([PARTY.ecif_no])
        for number in range(1_200):
            unit.add_record(replace(RECORD, customer_no=f"n{number}"))
        unit.commit(2)
    with store.unit() as unit:
        unit.load_records([("core", f"n{number}") for number in range(2_100)])
        assert len(unit.records) == 1_200


def test_lengths_of_text_are_in_characters(store):
    rare, long = "长" * (WIDTH - 2) + "𠮷", "长" * (WIDTH + 1)  # Java counts the last of `rare` as two
    lineage = 5, "core", "1", "only"
    golden = {"name": Survivor(rare, *lineage), "email": Survivor(long, *lineage)}
    party = Party("100000000007", 1, golden=Golden(golden))
    with store.unit() as unit:
        unit.add_party(party)
        unit.commit(2)
    with store.unit() as unit:
        unit.load_parties([party.ecif_no])
        assert unit.parties[party.ecif_no] == party
    with store.reading() as connection:
        searched = select(t.party.c.name, t.party.c.email).where(t.party.c.ecif_no == party.ecif_no)
        rows = connection.execute(searched).all()
        facts = connection.execute(select(t.FACTS["party_name"].c.name)).scalars().all()
    assert [tuple(row) for row in rows] == [(rare, long[:WIDTH])]
    assert facts == [rare]


def test_nothing_and_no_text_are_one(store):
    """An empty text in memory is NULL in every database, so that Oracle is no exception."""
    with store.unit() as unit:
        unit.journalled(JournalRow(900, "core", "in", "", 0, "", "", "done", "", "", 0, "", "", 7), b"x")
        unit.commit(2)
    with store.reading() as connection:
        (row,) = reports.journal(connection)
        stored = connection.execute(select(t.message.c.message_id, t.message.c.reply_text)).one()
    assert (row.message_id, row.text, row.stored_at) == ("", "", 7)
    assert tuple(stored) == (None, None)


def test_numbers_are_taken_in_blocks_and_never_again(store, url):
    with store.unit() as unit:
        first = [unit.new_number("ecif") for _ in range(150)]
        unit.commit(2)
    with store.unit() as unit:
        lost = unit.new_number("ecif")
    with store.unit() as unit:
        assert unit.new_number("ecif") == lost  # rolled back, so never given
        unit.commit(3)
    other = open_store(url)
    with other.unit() as unit:
        later = [unit.new_number("ecif") for _ in range(150)]
        unit.commit(4)
    other.close()
    given = [*first, lost, *later]
    assert first[0] == 100_000_000_001
    assert len(set(given)) == len(given) == 301


def test_a_unit_goes_with_its_last_user(store):
    """It holds all that a batch read and wrote; in a cycle it would stay until the collector looks."""
    gc.collect()
    gc.disable()
    try:
        with store.unit() as unit:
            unit.load_records([RECORD.key])
            unit.commit(2)
        gone = weakref.ref(unit)
        del unit
        assert gone() is None
    finally:
        gc.enable()
