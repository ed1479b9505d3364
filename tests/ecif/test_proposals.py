"""The way of a decision: guarded by versions and request keys, and by a second pair of eyes."""

import pytest

from ecif.decisions import Merge, Move, Pin
from ecif.stewardship import Changed, NotPossible
from ecif.survivorship import Rules, SurvivorshipConf
from tests.ecif.bank import TRUST, ZHANG_ID
from tests.ecif.desk import DOCUMENT, by, events, four_eyes, two


# ------------------------------------------------------------------------------------ guards
def test_a_decision_on_what_is_not_there_any_more_is_refused(bank):
    first, second = two(bank)
    seen = bank.service.preview_merge(first, second, now=bank.now).versions
    bank.one(bank.person("core", "1", name="张三丰", gender="male"))
    with pytest.raises(Changed, match=f"{first} has version 2, not 1"):
        bank.service.merge(first, second, **by(bank, expected=seen))
    bank.service.merge(first, second, **by(bank))
    with pytest.raises(Changed, match="was merged into"):
        bank.service.pin(second, "name", "x", **by(bank, expected={second: 1}))


def test_the_same_request_again_gets_the_same_answer(bank):
    first, second = two(bank)
    once = bank.service.merge(first, second, **by(bank, request="r1"))
    assert bank.service.merge(first, second, **by(bank, request="r1")).decision == once.decision
    with pytest.raises(NotPossible, match="another decision"):
        bank.service.split(second, **by(bank, request="r1"))
    assert len(bank.service.decisions().decisions) == 1


# ------------------------------------------------------------------------------------ the second pair of eyes
def test_a_decision_waits_for_a_second_person(bank):
    four_eyes(bank, {"decision": "merge"})
    first, second = two(bank)
    assert bank.service.preview_merge(first, second, now=bank.now).second == "merge"
    proposed = bank.service.merge(first, second, **by(bank))
    assert (proposed.state, proposed.why) == ("proposed", "merge")
    assert bank.look("ebank", "9").head.ecif_no == second
    assert bank.service.merge(first, second, **by(bank)).decision == proposed.decision
    with pytest.raises(NotPossible, match="second person"):
        bank.service.release(proposed.decision, actor="Zhao ", now=bank.now)
    released = bank.service.release(proposed.decision, actor="qian", reason="agreed", now=bank.now)
    assert (released.state, bank.look("ebank", "9").head.ecif_no) == ("taken", first)
    assert [event[3] for event in events(bank) if event[2] == "merge"] == ["zhao, qian"] * 2
    (one,) = bank.service.decisions(ecif_no=second).decisions
    assert (one.actor, one.second_actor, one.second_reason, one.decision) == (
        "zhao", "qian", "agreed", Merge(first, second),
    )  # fmt: skip
    with pytest.raises(NotPossible, match="is taken"):
        bank.service.release(proposed.decision, actor="qian", now=bank.now)
    bank.service.undo(released.decision, **by(bank))
    assert bank.look("ebank", "9").head.ecif_no == second


def test_a_release_looks_again(bank):
    four_eyes(bank, {"decision": "merge"})
    first, second = two(bank)
    proposed = bank.service.merge(first, second, **by(bank))
    bank.one(bank.person("ebank", "9", name="李四四", email="li@example.com"))
    with pytest.raises(Changed, match=second):
        bank.service.release(proposed.decision, actor="qian", now=bank.now)
    assert bank.service.decisions(state="proposed").decisions[0].id == proposed.decision
    bank.service.reject(proposed.decision, actor="qian", reason="another name", now=bank.now)
    assert bank.service.decisions(state="proposed").decisions == ()
    assert bank.service.merge(first, second, **by(bank)).decision != proposed.decision


def test_which_decisions_need_it_is_conf(bank):
    four_eyes(bank, {"decision": "pin", "attributes": ["document"]}, {"decision": "move", "when": "verified"})
    first, second = two(bank)
    assert bank.service.pin(first, "name", "张大", **by(bank)).state == "taken"
    assert bank.service.pin(first, "document:passport", ("E1", None), **by(bank)).why == "pin (document)"
    assert bank.service.preview(Move("core", "1", second), now=bank.now).second == ""
    bank.one(bank.image("core", "1", kind="person", verified__resident_id=ZHANG_ID, **DOCUMENT))
    assert bank.service.preview(Move("core", "1", second), now=bank.now).second == "move (verified)"
    pinned = Pin(first, "document:passport", ("E1", None))
    assert bank.service.decisions(state="proposed").decisions[0].decision == pinned


def test_undoing_is_no_way_round_the_second_person(bank):
    first, second = two(bank)
    bank.service.merge(first, second, **by(bank))
    split = bank.service.split(second, **by(bank))
    four_eyes(bank, {"decision": "merge"}, {"decision": "pin"})
    assert bank.service.undo(split.decision, **by(bank)).why == "merge"
    four_eyes(bank)
    bank.service.pin(first, "risk", "R1", **by(bank))
    unpinned = bank.service.unpin(first, "risk", **by(bank))
    four_eyes(bank, {"decision": "pin"})
    assert bank.service.undo(unpinned.decision, **by(bank)).why == "pin"
    four_eyes(bank, {"decision": "undo"})
    proposed = bank.service.undo(unpinned.decision, **by(bank))
    assert (proposed.state, "risk" in bank.golden("core", "1")) == ("proposed", False)
    bank.service.release(proposed.decision, actor="qian", now=bank.now)
    assert bank.golden("core", "1")["risk"] == "R1"


def test_conf_compiles_to_rules():
    conf = {**TRUST.model_dump(), "four_eyes": [{"decision": "withdraw"}]}
    rules = Rules.compiled(SurvivorshipConf.model_validate(conf))
    assert [str(rule) for rule in rules.four_eyes] == ["withdraw"]
