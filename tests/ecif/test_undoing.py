"""A decision undone is as if it had not been, with all that came since."""

import pytest

from ecif.stewardship import NotPossible
from tests.ecif.desk import asked, by, two


def test_a_merge_is_undone_with_all_that_came_since(bank):
    task = asked(bank)
    before = bank.look("core", "1").head.golden, bank.look("loan", "5").head.golden
    outcome = bank.service.link(task, **by(bank))
    bank.settle()
    bank.service.undo(outcome.decision, **by(bank))
    assert (bank.look("core", "1").head.golden, bank.look("loan", "5").head.golden) == before
    assert bank.rows("select count(*) from no_match") == [(0,)]
    assert bank.service.reviews().count == 1
    assert [one.state for one in bank.service.decisions().decisions] == ["taken", "undone"]
    with pytest.raises(NotPossible, match="undone"):
        bank.service.undo(outcome.decision, **by(bank))


def test_a_split_is_undone_at_the_same_joint(bank):
    first, second = two(bank)
    third = bank.one(bank.person("loan", "5", name="王五")).ecif_no
    bank.service.merge(second, third, **by(bank))
    bank.service.merge(first, second, **by(bank))
    outcome = bank.service.split(third, **by(bank))
    bank.service.undo(outcome.decision, **by(bank))
    bank.service.split(second, **by(bank))
    assert bank.look("loan", "5").head.ecif_no == second


def test_a_pin_is_undone_as_if_it_had_not_been(bank):
    first, _ = two(bank)
    bank.service.pin(first, "name", "张三丰", **by(bank))
    second = bank.service.pin(first, "name", "张大", **by(bank))
    bank.service.undo(second.decision, **by(bank))
    assert bank.golden("core", "1")["name"] == "张三丰"
    pins = bank.look("core", "1").head.pins["name"]
    assert [(pin.value, pin.actor) for pin in pins] == [("张三丰", "zhao")]


def test_only_the_last_decision_is_undone(bank):
    first, second = two(bank)
    merged = bank.service.merge(first, second, **by(bank))
    pinned = bank.service.pin(first, "risk", "R1", **by(bank))
    with pytest.raises(NotPossible, match=f"build on it: {pinned.decision}"):
        bank.service.undo(merged.decision, **by(bank))
    undone = bank.service.undo(pinned.decision, **by(bank))
    with pytest.raises(NotPossible, match="final"):
        bank.service.undo(undone.decision, **by(bank))
    bank.service.undo(merged.decision, **by(bank))


def test_withdrawn_and_undone(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    before = bank.look("core", "1").head.golden
    outcome = bank.service.withdraw(("ebank", "9"), **by(bank))
    bank.service.undo(outcome.decision, **by(bank))
    assert bank.look("core", "1").head.golden == before
