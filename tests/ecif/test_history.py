"""The past is what was: at every moment the record that stood then, through merges, splits and pins."""

import random
from contextlib import suppress
from itertools import pairwise

import pytest
from msgspec.structs import replace

from ecif import history, views
from ecif.chaining import SNAPSHOT_EVERY
from ecif.model import Relation
from ecif.setting import SECOND
from ecif.stewardship import NotPossible
from tests.ecif.bank import LI_ID, ZHANG_ID
from tests.soak import SOAK

BY = {"actor": "wang", "reason": "saw the papers"}
DAY = 86_400 * SECOND


def now(bank, number):
    """All that `as_of` must still know later."""
    found = views.party(bank.store, number)
    golden = replace(found.golden, as_of=0)
    return found.ecif_no, found.version, golden, found.merged, found.pins


def then(bank, number, moment):
    found = history.as_of(bank.store, number, stored_at=moment)
    return found and (found.ecif_no, found.version, found.golden, found.merged, found.pins)


def value(party, name):
    return party.golden.values[name].value if name in party.golden.values else None


def acts(bank, random, number_of):
    """Things that happen to a few customers; some cannot be done and say so."""
    a, b = random.sample(sorted(number_of.values()), 2)
    names, risks = ("张三", "李四", "王五"), ("R1", "R2", "R3")
    kin = (Relation("spouse", random.choice(names), None),)
    return [
        lambda: bank.one(bank.person("core", "1", random.choice(names), risk=random.choice(risks))),
        lambda: bank.one(bank.person("loan", "5", random.choice(names), relations=kin)),
        lambda: bank.one(bank.person("ebank", "9", email=random.choice(("a@x", "b@x", None)))),
        lambda: bank.service.merge(a, b, **BY, now=bank.now),
        lambda: bank.service.split(a, **BY, now=bank.now),
        lambda: bank.service.move(("ebank", "9"), a, **BY, now=bank.now),
        lambda: bank.service.pin(a, "risk", random.choice((*risks, None)), **BY, now=bank.now),
    ]


@pytest.mark.parametrize("seed", range(3 if SOAK else 1))
def test_every_moment_is_as_it_was(bank, seed):
    chance = random.Random(seed)
    number_of = {
        key: bank.one(bank.person(*key, name=name)).ecif_no
        for key, name in ((("core", "1"), "张三"), (("loan", "5"), "李四"), (("ebank", "9"), "王五"))
    }
    seen = []
    for _ in range(40):
        bank.wait(3600)
        with suppress(NotPossible):
            chance.choice(acts(bank, chance, number_of))()
        seen.append((bank.now, {number: now(bank, number) for number in number_of.values()}))
    for moment, known in seen:
        for number, expected in known.items():
            assert then(bank, number, moment) == expected
            assert then(bank, number, moment + 1800 * SECOND) == expected
    assert any(party[0] != number for _, known in seen for number, party in known.items())


def test_before_its_first_day_nobody_knows_it(bank):
    number = bank.one(bank.person("core", "1")).ecif_no
    assert history.as_of(bank.store, number, stored_at=bank.now - 1) is None
    assert history.as_of(bank.store, "100000000009") is None
    assert history.as_of(bank.store, number).ecif_no == number


def test_reading_is_bounded_by_snapshots(bank, monkeypatch):
    number = bank.one(bank.person("core", "1", risk="R0")).ecif_no
    for turn in range(2 * SNAPSHOT_EVERY + 5):
        bank.wait(1)
        bank.one(bank.person("core", "1", risk=f"R{turn % 3}"))
    read = []
    step = history.after
    monkeypatch.setattr(history, "after", lambda state, entry: read.append(entry.seq) or step(state, entry))
    found = history.as_of(bank.store, number)
    assert len(read) < SNAPSHOT_EVERY
    assert found.golden == replace(views.party(bank.store, number).golden, as_of=0)
    assert bank.rows("SELECT count(*) FROM party_snapshot") == [(2,)]


def test_two_clocks(bank):
    """He moved on day 3, and the bank heard of it on day 10."""
    number = bank.one(bank.person("core", "1", risk="R1", at=bank.now)).ecif_no
    start = bank.now
    bank.wait(10 * 86_400)
    heard = bank.now
    bank.one(bank.person("core", "1", risk="R2", at=start + 3 * DAY))
    bank.wait(86_400)

    def risk(held, known):
        found = history.as_of(bank.store, number, held_at=start + held * DAY, stored_at=start + known * DAY)
        return value(found, "risk")

    assert risk(5, 9) == "R1"  # on day 9 nobody knew better
    assert risk(5, 10) == "R2"
    assert risk(2, 10) == "R1"
    assert risk(3, 11) == "R2"
    assert value(history.as_of(bank.store, number, held_at=start - 1), "risk") is None
    assert value(history.as_of(bank.store, number, stored_at=heard - 1), "risk") == "R1"


def test_a_value_that_went(bank):
    number = bank.one(bank.person("ebank", "9", email="a@x")).ecif_no
    start = bank.now
    bank.wait(86_400)
    bank.one(bank.person("ebank", "9", email=None))
    found = history.as_of(bank.store, number)
    assert value(found, "email") is None
    assert value(history.as_of(bank.store, number, held_at=bank.now), "email") is None
    assert value(history.as_of(bank.store, number, held_at=start), "email") == "a@x"


def test_whose_value_it_is_is_history_too(bank):
    """Core says what ebank said before: the value stays, its winner changes, no version rises."""
    slot = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
    number = bank.one(bank.person("ebank", "9", risk="R2", document__resident_id=(ZHANG_ID, None))).ecif_no
    bank.wait(60)
    bank.one(bank.person("core", "1", **slot, risk="R1"))
    bank.settle()
    bank.wait(60)
    before, version = bank.now, views.party(bank.store, number).version
    bank.wait(60)
    bank.one(bank.person("ebank", "9", risk="R3", document__resident_id=(ZHANG_ID, None)))
    bank.wait(60)
    found = history.as_of(bank.store, number, stored_at=before)
    assert found.version == version
    assert found.golden.values["risk"].system == "core"
    assert history.as_of(bank.store, number).golden == replace(
        views.party(bank.store, number).golden, as_of=0
    )


# ---------------------------------------------------------------- what happened


def test_the_timeline_says_what_who_and_why(bank):
    first = bank.one(bank.person("core", "1", risk="R1", id="M1")).ecif_no
    second = bank.one(bank.person("ebank", "9", name="李四", document__passport=(LI_ID, None))).ecif_no
    bank.wait(60)
    bank.one(bank.person("core", "1", risk="R2", id="M2"))
    bank.wait(60)
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.wait(60)
    bank.service.pin(first, "risk", "R5", **BY, now=bank.now)
    told = history.events(bank.store, second).events
    assert [event.cause for event in told] == ["pin", "merge", "merge", "image", "image", "image"]
    pinned, gone, kept, image, *_ = told
    assert (pinned.actor, pinned.reason) == ("wang", "saw the papers")
    (change,) = pinned.changes
    assert (change.attribute, change.before, change.after, change.rule) == ("risk", "R2", "R5", "pin")
    assert (gone.ecif_no, gone.merged_into, gone.went) == (second, first, (("ebank", "9"),))
    assert (kept.ecif_no, kept.merged_into, kept.came) == (first, None, (("ebank", "9"),))
    assert (image.message_id, image.message_type, image.customer_no) == ("M2", "T", "1")


def test_the_timeline_comes_in_pages(bank):
    number = bank.one(bank.person("core", "1", risk="R0")).ecif_no
    for turn in range(6):
        bank.wait(turn % 2)
        bank.one(bank.person("core", "1", risk=f"R{turn + 1}"))
    whole = history.events(bank.store, number).events
    page, read = history.events(bank.store, number, limit=3), []
    while True:
        read += page.events
        if not page.next:
            break
        page = history.events(bank.store, number, page.next, limit=3)
    assert tuple(read) == whole
    assert all(one.seq > other.seq for one, other in pairwise(read))
    with pytest.raises(history.BadCursor):
        history.events(bank.store, number, "x")
    assert history.events(bank.store, "100000000009").events == ()


def test_moments_keep_their_microseconds(bank):
    """On every database: a moment is a number, no date type cuts it."""
    bank.now += 123_457
    number = bank.one(bank.person("core", "1", risk="R1", at=bank.now - 1)).ecif_no
    (event,) = history.events(bank.store, number).events
    assert (event.stored_at, event.holds_from) == (bank.now, bank.now - 1)
    assert value(history.as_of(bank.store, number, held_at=bank.now - 1), "risk") == "R1"
    assert value(history.as_of(bank.store, number, held_at=bank.now - 2), "risk") is None
    assert history.as_of(bank.store, number, stored_at=bank.now - 1) is None
