"""A system is told everything again, on every database."""

import pytest
from msgspec.structs import replace

from ecif.model import UNKNOWN
from ecif.resync import Marked
from ecif.setting import SECOND
from ecif.store import asides
from tests.ecif.bank import ZHANG_ID

SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


def keys(bank, system, **more):
    with bank.store.reading() as connection:
        return [(system, number) for number in asides.numbers_of(connection, system, **more)]


def resync(bank, system, **more):
    return bank.service.resync(keys(bank, system), now=bank.now, **more)


def three(bank):
    for number in "123":
        bank.one(bank.person("core", number, name=f"客户{number}"))
    assert bank.settle() == []


def test_each_is_pushed_once_with_its_newest_version(bank):
    three(bank)
    assert resync(bank, "core", rehearse=True) == Marked(marked=3)
    assert bank.due("core") == []
    assert resync(bank, "core") == Marked(marked=3)
    assert resync(bank, "core") == Marked(pending=3)
    assert bank.service.take_woken() == {"core"}
    pushes = bank.due("core")
    assert sorted((push.customer_no, bank.values(push)["name"]) for push in pushes) == [
        ("1", "客户1"), ("2", "客户2"), ("3", "客户3"),
    ]  # fmt: skip
    assert resync(bank, "core") == Marked(pending=3)
    bank.take(*[bank.answer(push) for push in pushes])
    assert bank.settle() == []


def test_nothing_that_nobody_told_is_cleared(bank):
    three(bank)
    resync(bank, "core")
    assert all(None not in bank.values(push).values() for push in bank.settle())


def test_a_refusal_is_forgotten_and_a_standoff_is_not(bank):
    three(bank)
    resync(bank, "core")
    first, *others = bank.due("core")
    bank.take(bank.answer(first, "1003"), *[bank.answer(push) for push in others])
    assert bank.settle() == []
    assert resync(bank, "core") == Marked(marked=3)
    assert len(bank.settle()) == 3
    with bank.store.unit() as unit:
        unit.load_records([("core", "1")])
        unit.records["core", "1"] = replace(unit.records["core", "1"], standoff=True)
        unit.commit(bank.now)
    assert resync(bank, "core") == Marked(marked=2, held=1)
    assert len(bank.settle()) == 2
    bank.service.resume(("core", "1"), actor="s", reason="asked the branch", now=bank.now)
    assert [push.customer_no for push in bank.settle()] == ["1"]


def test_only_those_changed_or_pushed_since(bank):
    three(bank)
    bank.one(bank.person("ebank", "e", name="客户2", document__resident_id=(ZHANG_ID, None)))
    bank.wait(100)
    since = bank.now
    bank.wait(1)
    bank.one(bank.person("core", "2", name="客户二"))
    assert keys(bank, "core", since=since) == [("core", "2")]
    bank.service.resync([("core", "3")], now=bank.now)
    bank.settle()
    assert keys(bank, "core", since=since) == [("core", "2"), ("core", "3")]
    assert keys(bank, "core", since=bank.now + SECOND) == []
    assert keys(bank, "core", after="1", limit=1) == [("core", "2")]


def test_it_is_journalled_with_its_actor(bank):
    bank.service.note_resync("core", "3 customers", actor="wang", now=bank.now)
    assert bank.rows("select direction, message_type, state, reply_text from message") == [
        ("ops", "resync", "marked", "wang: 3 customers")
    ]


def test_what_is_unknown_costs_no_contribution(bank):
    three(bank)
    before = bank.golden("core", "1")
    resync(bank, "core")
    record = bank.look("core", "1").record
    assert record.attributes["name"].held == UNKNOWN
    assert bank.golden("core", "1") == before
    bank.settle()


@pytest.mark.fault("O4", "a system filled by resync")
def test_a_restored_system_gets_back_what_it_lost(bank):
    three(bank)
    bank.one(bank.person("ebank", "e", name="客户2", risk="R2", document__resident_id=(ZHANG_ID, None)))
    bank.one(bank.person("core", "2", name="客户2", **SLOT))
    bank.settle()
    resync(bank, "core")
    (push,) = (push for push in bank.settle() if push.customer_no == "2")
    assert bank.values(push)["risk"] == "R2"
