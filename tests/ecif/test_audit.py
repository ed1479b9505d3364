"""A system's export against what it should hold, on every database."""

import pytest

from ecif.audit import Difference, audit
from tests.ecif.bank import ZHANG_ID

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
HELD = {"kind": "person", "name": "张三", "document": ("resident_id", ZHANG_ID, None), "risk": "R2"}


def told(bank):
    """Core is told ebank's risk level, and says yes."""
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    (push,) = bank.due("core")
    return push


def found(bank, *export):
    report = audit(bank.store, bank.dialects["core"], export)
    wrong = [one.attribute for one in report.different]
    return report.compared, report.equal, wrong, report.missing, report.unknown


def test_what_it_should_hold(bank):
    bank.one(bank.answer(told(bank)))
    assert found(bank, ("1", HELD)) == (1, 1, [], [], [])
    assert audit(bank.store, bank.dialects["core"], [("1", HELD)]).clean


@pytest.mark.fault("O5", "confirmed and dropped")
def test_a_push_that_was_confirmed_and_dropped(bank):
    bank.one(bank.answer(told(bank)))
    silent = {name: value for name, value in HELD.items() if name != "risk"}
    assert found(bank, ("1", silent)) == (1, 0, ["risk"], [], [])
    assert found(bank, ("1", HELD | {"risk": "R1"}))[2] == ["risk"]
    assert found(bank, ("1", HELD | {"gender": "male"}))[2] == ["gender"]


def test_a_push_on_its_way_explains_both(bank):
    push = told(bank)
    silent = {name: value for name, value in HELD.items() if name != "risk"}
    assert found(bank, ("1", HELD))[1] == 1
    assert found(bank, ("1", silent))[1] == 1
    assert found(bank, ("1", HELD | {"risk": "R9"}))[2] == ["risk"]
    bank.one(bank.answer(push))


def test_only_the_second_part_of_an_entry(bank):
    dated = {"document": ("resident_id", ZHANG_ID, "20301231"), "named": {"document": "resident_id"}}
    bank.one(bank.person("core", "1", **dated))
    report = audit(bank.store, bank.dialects["core"], [("1", {"kind": "person", "name": "张三"} | SLOT)])
    assert report.different == [Difference("1", "person", "document", True)]
    other = {"kind": "person", "name": "张三", "document": ("passport", "E1", None)}
    (one,) = audit(bank.store, bank.dialects["core"], [("1", other)]).different
    assert not one.second


def test_missing_and_unknown(bank):
    for number in "123":
        bank.one(bank.person("core", number, name=f"客户{number}"))
    shown = {"kind": "person", "name": "客户2"}
    assert found(bank, ("2", shown), ("9", shown)) == (1, 1, [], ["1", "3"], ["9"])


def test_of_a_system_without_pushes_what_it_said(bank):
    bank.one(bank.answer(told(bank)))
    bank.dialects["core"].pushes = "no"
    assert found(bank, ("1", HELD))[1] == 1
    bank.dialects["core"].pushes = "applied"
