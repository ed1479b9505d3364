"""Several processes on one database, and batches that cannot be written."""

import pytest

from ecif.service import Persistent
from ecif.store.errors import Collided, Crossed
from ecif.store.store import Unit
from tests.ecif.bank import ZHANG_ID

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


@pytest.mark.fault("H4", "the same message through two processes")
def test_the_same_message_through_two_processes_has_one_effect(bank, other):
    message = bank.person("core", "1", id="M1")
    assert bank.one(message) == other.one(message)
    assert len(bank.rows("select id from message")) == 1


def test_what_one_process_wrote_the_other_builds_on(bank, other):
    first = bank.one(bank.person("core", "1", **SLOT))
    second = other.one(bank.person("ebank", "9", risk="R1", **DOCUMENT))
    assert (second.ecif_no, second.version) == (first.ecif_no, 2)
    third = bank.one(bank.person("core", "1", risk="R2", **SLOT))
    assert third.version == 3
    (push,) = other.due("ebank")
    bank.one(bank.answer(push))
    assert other.settle() == []
    assert other.one(other.person("loan", "5", name="李四")).ecif_no > first.ecif_no


def test_a_batch_goes_round_once_more_when_another_process_was_faster(bank, other, monkeypatch):
    bank.one(bank.person("core", "1"))
    commit, crossed = Unit.commit, []

    def cross_once(unit, work, now):
        if not crossed:
            crossed.append(True)
            raise Crossed("a row was changed by another process")
        commit(unit, work, now)

    monkeypatch.setattr(Unit, "commit", cross_once)
    assert bank.one(bank.person("core", "1", name="张四")).version == 2
    assert bank.service.counts["retried_batches"] == 1
    assert len(bank.rows("select id from message")) == 2


def test_a_batch_that_always_collides_is_its_own_fault(bank, monkeypatch):
    def collide(unit, work, now):
        raise Collided("a row was written by another process")

    monkeypatch.setattr(Unit, "commit", collide)
    with pytest.raises(Persistent):
        bank.one(bank.person("core", "1"))


@pytest.mark.fault("D2", "another process is always faster")
def test_a_batch_that_is_always_crossed_may_be_tried_later(bank, monkeypatch):
    def cross(unit, work, now):
        raise Crossed("a row was changed by another process")

    monkeypatch.setattr(Unit, "commit", cross)
    with pytest.raises(Crossed):
        bank.one(bank.person("core", "1"))


def test_what_raises_leaves_nothing_behind(bank):
    good, bad = bank.person("core", "1"), bank.person("core", "2", document="no entry")
    with pytest.raises(AssertionError):
        bank.take(good, bad)
    assert bank.rows("select count(*) from message") == [(0,)]
    assert bank.one(good).code == "0000"
