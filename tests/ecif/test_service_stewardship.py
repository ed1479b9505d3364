"""Merge, split, move, pin: numbers, versions, what is pushed, and that a split restores exactly."""

import pytest

from ecif.stewardship import NotPossible
from tests.ecif.bank import ZHANG_ID

BY = {"actor": "steward", "reason": "looked at the papers"}


def two(bank):
    first = bank.one(bank.person("core", "1", gender="male")).ecif_no
    second = bank.one(bank.person("ebank", "9", name="李四", email="li@example.com")).ecif_no
    return first, second


def test_merged_parties_are_one_and_the_old_number_resolves(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **BY, now=bank.now)
    looked = bank.look("ebank", "9")
    assert (looked.head.ecif_no, looked.head.version, looked.numbers) == (first, 2, {first, second})
    asked = bank.one(bank.query("core", ecif_no=second))
    assert (asked.ecif_no, asked.answer.customer_no) == (first, "1")
    assert [push.system for push in bank.settle()] == ["ebank"]  # core carries nothing that differs


def test_the_new_number_is_pushed_even_if_no_value_differs(bank):
    first = bank.one(bank.person("core", "1")).ecif_no
    second = bank.one(bank.person("loan", "9")).ecif_no
    bank.service.merge(first, second, **BY, now=bank.now)
    (push,) = bank.settle()
    assert (push.system, bank.push(push).ecif_no) == ("loan", first)
    assert bank.look("loan", "9").record.number_held == first


def test_a_merge_may_name_old_numbers(bank):
    first, second = two(bank)
    third = bank.one(bank.person("loan", "5", name="王五")).ecif_no
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.service.merge(third, second, **BY, now=bank.now)
    assert bank.look("core", "1").head.ecif_no == third
    assert bank.look("core", "1").numbers == {first, second, third}
    with pytest.raises(NotPossible):
        bank.service.merge(first, third, **BY, now=bank.now)
    with pytest.raises(NotPossible):
        bank.service.merge(first, "999999999999", **BY, now=bank.now)


def test_a_split_restores_exactly(bank):
    first, second = two(bank)
    before = bank.look("core", "1").head.golden, bank.look("ebank", "9").head.golden
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.settle()
    bank.service.split(second, **BY, now=bank.now)
    core, ebank = bank.look("core", "1").head, bank.look("ebank", "9").head
    assert (core.ecif_no, ebank.ecif_no) == (first, second)
    assert (core.golden, ebank.golden) == before
    assert core.version == ebank.version > 2
    pushes = {push.system: push for push in bank.settle()}
    assert bank.push(pushes["ebank"]).ecif_no == second
    assert bank.values(pushes["ebank"])["gender"] is None  # the stranger's value leaves
    with pytest.raises(NotPossible):
        bank.service.split(second, **BY, now=bank.now)


def test_what_came_after_the_merge_stays_with_the_survivor(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **BY, now=bank.now)
    slot = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
    bank.one(bank.person("core", "1", gender="male", **slot))
    joined = bank.one(bank.person("loan", "5", **slot)).ecif_no
    assert joined == first
    bank.service.split(second, **BY, now=bank.now)
    assert bank.look("loan", "5").head.ecif_no == first
    assert bank.look("core", "1").keys == {("core", "1"), ("loan", "5")}


def test_a_split_pair_is_not_merged_by_rule_again(bank):
    slot = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
    first = bank.one(bank.person("core", "1")).ecif_no
    second = bank.one(bank.person("loan", "5")).ecif_no
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.service.split(second, **BY, now=bank.now)
    bank.one(bank.person("core", "1", **slot))
    assert bank.one(bank.person("loan", "5", **slot)).ecif_no == second


def test_a_nested_merge_splits_at_the_right_joint(bank):
    first, second = two(bank)
    third = bank.one(bank.person("loan", "5", name="王五")).ecif_no
    bank.service.merge(second, third, **BY, now=bank.now)
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.service.split(second, **BY, now=bank.now)
    assert bank.look("ebank", "9").keys == {("ebank", "9"), ("loan", "5")}
    assert bank.look("loan", "5").head.ecif_no == second


def test_a_record_moves_with_all_it_holds(bank):
    first, second = two(bank)
    bank.service.move(("ebank", "9"), first, **BY, now=bank.now)
    assert bank.look("ebank", "9").head.ecif_no == first
    assert bank.look("ebank", "9").head.version == 2
    assert bank.one(bank.query("core", ecif_no=second)).code == "2001"
    assert bank.rows("select kind, survivor, absorbed from merge_event") == [("move", first, second)]
    bank.service.move(("ebank", "9"), second, **BY, now=bank.now)
    assert bank.golden("ebank", "9")["name"] == "李四"
    with pytest.raises(NotPossible):
        bank.service.move(("ebank", "77"), second, **BY, now=bank.now)


def test_a_pin_wins_and_can_be_taken_back(bank):
    first, _ = two(bank)
    bank.service.pin(first, "name", "张三丰", **BY, now=bank.now)
    assert bank.golden("core", "1")["name"] == "张三丰"
    (push,) = bank.settle()
    assert bank.values(push)["name"] == "张三丰"
    bank.service.pin(first, "name", None, **BY, now=bank.now)
    assert bank.golden("core", "1")["name"] == "张三"
    assert bank.look("core", "1").head.version == 3
    with pytest.raises(NotPossible):
        bank.service.pin("999999999999", "name", "x", **BY, now=bank.now)


def test_pins_stay_with_their_number(bank):
    first, second = two(bank)
    bank.service.pin(second, "risk", "R5", **BY, now=bank.now)
    bank.service.merge(first, second, **BY, now=bank.now)
    assert bank.golden("core", "1")["risk"] == "R5"
    bank.service.split(second, **BY, now=bank.now)
    assert "risk" not in bank.golden("core", "1")
    assert bank.golden("ebank", "9")["risk"] == "R5"


def test_every_version_has_its_event(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.service.pin(first, "name", "张三丰", **BY, now=bank.now)
    events = bank.rows("select ecif_no, version, cause, actor from change_event order by ecif_no, version")
    assert events == [
        (first, 1, "image", None),
        (first, 2, "merge", "steward"),
        (first, 3, "pin", "steward"),
        (second, 1, "image", None),
        (second, 2, "merge", "steward"),
    ]
