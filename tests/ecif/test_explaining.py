"""Why a value is golden: the winner, the step at which each other one lost, what is known against it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ecif.explaining import explain
from ecif.model import Pin
from ecif.survivorship import golden
from tests.ecif.fakes import RESIDENT, FakeDialect
from tests.ecif.test_survivorship import DIALECTS, RULES, says


def why(attribute, *records, pins=None, dialects=DIALECTS):
    (one,) = [one for one in explain(records, pins or {}, RULES, dialects) if one.attribute == attribute]
    return one.value, one.rule, [(other.value, other.system, other.step) for other in one.others]


def test_each_loser_has_its_step_the_nearest_first():
    records = [says("core", name="a"), says("loan", 9, name="b")]
    records += [says("ebank", name="无"), says("card", name="a")]
    assert why("name", *records) == (
        "a", "trust",
        [("b", "loan", "trust"), ("a", "card", "agrees"), ("无", "ebank", "sound")],
    )  # fmt: skip


def test_faults_stand_beside_the_values():
    bad = RESIDENT[:17] + "0"
    (one,) = explain([says("ebank", document__resident_id=(bad, "20261399"))], {}, RULES, DIALECTS)
    assert one.faults == ("check_digit", "impossible_expiry")


def test_against_a_pin_all_others_lose_to_the_pin():
    records = [says("core", name="a"), says("loan", name="x")]
    pins = {"name": [Pin(1, "x", "zhao", "papers")]}
    assert why("name", *records, pins=pins) == ("x", "pin", [("a", "core", "pin"), ("x", "loan", "agrees")])
    (one,) = explain(records, pins, RULES, DIALECTS)
    assert (one.pin.actor, one.pin.reason) == ("zhao", "papers")
    pins["name"].append(Pin(2, None))
    assert why("name", *records, pins=pins) == ("a", "trust", [("x", "loan", "trust")])


def test_a_cut_value_lost_to_the_fuller_one():
    dialects = {**DIALECTS, "core": FakeDialect("core", width=3)}
    records = [says("core", name="abc"), says("ebank", name="abcdef"), says("loan", name="x")]
    assert why("name", *records, dialects=dialects) == (
        "abcdef", "fuller", [("abc", "core", "fuller"), ("x", "loan", "trust")],
    )  # fmt: skip


def test_reserved_and_withdrawn_values_are_shown_though_they_never_counted():
    alone = [says("ebank", status="deceased"), says("core", name="a")]
    assert why("status", *alone) == (None, "", [("deceased", "ebank", "reserved")])
    records = [replace(says("core", 9, name="a", address=("", "line", None)), withdrawn=True),
               says("loan", name="b", kind="organization")]  # fmt: skip
    assert why("name", *records) == ("b", "only", [("a", "core", "withdrawn")])
    assert why("address:registered", *records) == (None, "", [(("line", None), "core", "withdrawn")])


SYSTEMS = st.sampled_from(["core", "loan", "ebank", "wealth", "gone"])
VALUES = st.sampled_from(["a", "ab", "abc", "无", "张三"])


@given(
    said=st.dictionaries(st.tuples(SYSTEMS, st.sampled_from("12")), st.tuples(VALUES, st.integers(0, 3))),
    withdrawn=st.sets(SYSTEMS),
    pin=st.none() | VALUES,
)
def test_an_explanation_says_what_the_golden_record_says(said, withdrawn, pin):
    records = [
        replace(says(system, at, no, name=value, risk=value), withdrawn=system in withdrawn)
        for (system, no), (value, at) in said.items()
    ]
    pins = {"name": [Pin(5, pin)]} if pin else {}
    dialects = {**DIALECTS, "core": FakeDialect("core", width=1)}
    values = golden(records, pins, RULES, dialects).values
    for one in explain(records, pins, RULES, dialects):
        survivor = values.get(one.attribute)
        said_here = (one.value, one.since, one.system, one.customer_no, one.rule)
        assert said_here == (msgspec.structs.astuple(survivor) if survivor else (None, 0, "", "", ""))
        origins = [(other.system, other.customer_no) for other in one.others]
        assert len(set(origins)) == len(origins)
        winner = {(one.system, one.customer_no)} - {("", "")}
        assert set(origins) | winner == set(said)
        assert all(other.step for other in one.others)
