"""What stewards may rely on, over random scripts of images, pushes and decisions on real databases.

Whatever they do, in whatever order, the store verifies. A merge that is split again, and any decision that is
undone, leaves the tables as they were, byte for byte but for history and counts of writes; with changes in
between they are what they would be had it not been. ECIF_SOAK (`make soak`) plays many more scripts.
"""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ecif.stewardship import NotPossible
from tests.databases import SHARED
from tests.ecif.stewarding import IMAGES, PLACES, STEPS, StewardedBank, decides
from tests.soak import SOAK

MANY = 40 if SOAK else 1
BY = {"actor": "zhao", "reason": "property"}
UNDOABLE = ("merge", "split", "move", "no_match", "record_no_match", "pin", "unpin", "withdraw", "restore",
            "dismiss")  # fmt: skip
EMPTY = "'detail', [[{}, [], [], 0], {}, []]"
"""Of a party that was made and stands for nobody any more: numbers never return."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]


@pytest.fixture(params=SHARED, scope="module")
def kind(request):
    return request.param


@pytest.fixture(params=SHARED if MANY > 1 else SHARED[:1], scope="module")
def usual(request):
    """SQLite; all of them in the long form."""
    return request.param


def some(examples):
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=examples * MANY, deadline=None, suppress_health_check=checks)


def settled(bank):
    """Every push is confirmed until there is none; pushes that quarrels held are let go."""
    for _ in range(20):
        pushes = [push for system in bank.dialects for push in bank.due(system)]
        if not pushes:
            return
        bank.take(*[bank.answer(push) for push in pushes])
    raise AssertionError("pushes do not end")


@some(10)
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
def test_no_sequence_of_decisions_breaks_the_store(kind, steps):
    with StewardedBank(kind) as bank:
        bank.play(steps)
        assert bank.problems() == []
        settled(bank)
        assert bank.problems() == []


@some(12)
@given(steps=st.lists(STEPS, min_size=3, max_size=12), decision=decides(UNDOABLE))
def test_a_decision_undone_is_as_if_it_had_not_been(kind, steps, decision):
    with StewardedBank(kind) as bank:
        bank.play([*steps, ("four_eyes", [])])
        before = bank.dump()
        done = bank.act(decision)
        if done:
            (newest,) = bank.service.decisions(limit=1).decisions
            bank.service.undo(newest.id, **BY, now=bank.now)
        after = bank.dump()
        for table, rows in before.items():
            new = [row for row in after[table] if row not in rows]
            gone = [row for row in rows if row not in after[table]]
            if decision[1] == "move" and table == "party":  # a party of its own stays, empty
                new = [row for row in new if EMPTY not in row]
            assert (table, new, gone) == (table, [], [])
        assert bank.problems() == []


FREE = st.sampled_from(["gender", "email", "education", "phone__mobile"])
EDITS = st.lists(st.tuples(st.sampled_from(PLACES), FREE), max_size=8)


def known(bank, images):
    for place in PLACES:
        bank.one(bank.person(*place, name=f"客户{''.join(place)}"))
    for step in images:
        bank.act(step)
    settled(bank)
    bank.wait(60)


def edited(bank, edits, *, pushes):
    """Each edit says something that nobody said before: no echo of anything."""
    for number, (place, attribute) in enumerate(edits):
        bank.wait(60)
        bank.one(bank.image(*place, **{attribute: f"1390000{number:04}"}))
        if pushes:
            settled(bank)


@some(10)
@given(
    images=st.lists(IMAGES, max_size=8),
    edits=EDITS,
    one=st.sampled_from(PLACES),
    other=st.sampled_from(PLACES),
    pushes=st.booleans(),
)
def test_a_split_restores_what_would_be_without_the_merge(usual, images, edits, one, other, pushes):
    with StewardedBank(usual) as bank:
        known(bank, images)
        first, second = bank.look(*one).head.ecif_no, bank.look(*other).head.ecif_no
        assume(first != second)
        before = bank.dump()
        bank.service.merge(first, second, **BY, now=bank.now)
        edited(bank, edits, pushes=pushes)
        bank.service.split(second, **BY, now=bank.now)
        settled(bank)
        merged = said(bank)
        nothing_between = bank.dump() if not edits else before

    with StewardedBank(usual) as bank:
        known(bank, images)
        edited(bank, edits, pushes=pushes)
        settled(bank)
        assert merged == said(bank)
        for table in ("party", "party_name", "party_document", "party_contact", "party_address", "match_key"):
            assert nothing_between[table] == before[table]


def said(bank):
    """What each record contributes and holds, and what is golden: where a merge could leave traces."""
    found = {}
    for place in PLACES:
        looked = bank.look(*place)
        attributes = {name: (a.own and (a.own.value, a.own.since), a.held)
                      for name, a in looked.record.attributes.items()}  # fmt: skip
        golden = {name: (s.value, s.since, s.system, s.rule) for name, s in looked.head.golden.values.items()}
        numbers = (looked.record.party, looked.record.number_held, sorted(looked.numbers))
        attributes = {name: value for name, value in attributes.items() if value != (None, None)}
        found[place] = (attributes, golden, looked.head.pins, looked.keys, numbers)
    return found


@some(8)
@given(
    steps=st.lists(STEPS, max_size=15),
    after=st.lists(IMAGES, max_size=5),
    value=st.sampled_from(["王五", "甲"]),
)
def test_pins_win(usual, steps, after, value):
    with StewardedBank(usual) as bank:
        bank.play([("image", ("core", "1"), {"name": "张三"}, None), *steps, ("four_eyes", [])])
        number = bank.look("core", "1").head.ecif_no
        bank.service.pin(number, "name", value, **BY, now=bank.now)
        bank.play(after)
        with bank.store.unit() as unit:
            unit.load_parties([number])
            golden = unit.parties[unit.cluster_of(number).head].golden
        survivor = golden.values["name"]
        assert (survivor.value, survivor.rule) == (value, "pin")


@some(8)
@given(steps=st.lists(STEPS, min_size=2, max_size=12), decision=decides())
def test_a_preview_changes_nothing_and_tells_what_then_happens(usual, steps, decision):
    with StewardedBank(usual) as bank:
        bank.play([*steps, ("four_eyes", [])])
        before = bank.dump()
        try:
            asked = bank.decision(*decision[1:])
            seen = bank.service.preview(asked, now=bank.now)
        except NotPossible:
            assume(False)
        assert bank.dump() == before
        bank.service.decide(asked, **BY, now=bank.now, expected=seen.versions)
        for party in seen.parties:
            with bank.store.unit() as unit:
                if party.version:
                    unit.load_parties([party.ecif_no])
                    values = unit.parties[party.ecif_no].golden.values
                    told = {one.attribute: one.value for one in party.values if one.value is not None}
                    assert told == {name: survivor.value for name, survivor in values.items()}
