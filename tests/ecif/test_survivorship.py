"""The golden record: which value wins, by which step, whatever the order of the records."""

import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import ValidationError

from ecif.model import Attribute, Listed, Own, Pin, Relation, Slot, SourceRecord
from ecif.steps import STEPS, USUAL
from ecif.survivorship import GroupConf, Rules, SurvivorshipConf, changed, golden
from tests.ecif.fakes import RESIDENT, SECOND, FakeDialect

T = 1_767_196_800 * SECOND  # 2026-01-01 in Beijing
CONF = Path(__file__).parents[2] / "conf" / "survivorship.toml"
RULES = Rules.compiled(SurvivorshipConf.model_validate(tomllib.loads(CONF.read_text())))
DIALECTS = {
    "core": FakeDialect("core"),
    "loan": FakeDialect("loan", slots={"document": Slot("document"), "address": Slot("address")}),
    "ebank": FakeDialect("ebank", slots={}),
    "wealth": FakeDialect("wealth", slots={}),
}


def says(system, at=0, no="1", **values):
    attributes = {
        name.replace("__", ":"): Attribute(Own(value, T + at * SECOND, 1, -1))
        for name, value in values.items()
    }
    return SourceRecord(system, no, "100000000001", attributes=attributes)


def survive(*records, pins=None, dialects=DIALECTS):
    results = [golden(order, pins or {}, RULES, dialects) for order in itertools.permutations(records)]
    assert all(result == results[0] for result in results)
    assert all(list(result.values) == list(results[0].values) for result in results)
    return results[0]


def wins(attribute, *records, **more):
    survivor = survive(*records, **more).values[attribute]
    return survivor.value, survivor.rule


# ------------------------------------------------------------------------------------ the steps
def test_a_single_contribution_survives():
    survivor = survive(says("loan", 3, name="张伟")).values["name"]
    assert (survivor.value, survivor.since, survivor.system, survivor.customer_no, survivor.rule) == (
        "张伟", T + 3 * SECOND, "loan", "1", "only",
    )  # fmt: skip


def test_agreement_has_the_lineage_of_the_most_trusted():
    survivor = survive(says("ebank", 9, name="a"), says("core", 1, name="a")).values["name"]
    assert (survivor.system, survivor.since, survivor.rule) == ("core", T + SECOND, "agreed")


def test_trust_goes_before_latest():
    assert wins("name", says("core", 0, name="a"), says("ebank", 9, name="b")) == ("a", "trust")


def test_sound_goes_before_trust():
    good = says("ebank", document__resident_id=(RESIDENT, None))
    bad = says("core", 9, document=("resident_id", RESIDENT[:17] + "0", None))
    assert wins("document:resident_id", good, bad) == ((RESIDENT, None), "sound")


def test_an_expired_document_goes_behind_a_current_one():
    old = says("core", document=("passport", "E1", "20200101"))
    new = says("ebank", document__passport=("E2", "20300101"))
    assert wins("document:passport", old, new) == (("E2", "20300101"), "current")


def test_latest_where_no_system_is_trusted_more():
    records = says("core", 1, phone__mobile="1390"), says("loan", 2, phone__mobile="1391")
    assert wins("phone:mobile", *records) == ("1391", "latest")


def test_others_stand_behind_the_named():
    assert wins("rating", says("core", 9, rating="B"), says("loan", 0, rating="A")) == ("A", "trust")
    assert wins("rating", says("core", 9, rating="B"), says("wealth", 0, rating="A")) == ("B", "latest")


def test_then_fuller_then_more_frequent_then_a_fixed_order():
    assert wins("email", says("core", email="a@b"), says("loan", email="aa@b")) == ("aa@b", "complete")
    three = [says("core", email="b@b"), says("loan", email="a@b"), says("loan", no="2", email="a@b")]
    assert wins("email", *three) == ("a@b", "frequent")
    assert wins("email", says("core", email="b@b"), says("loan", email="a@b")) == ("b@b", "system")
    two = [says("core", no="1", email="b@b"), says("core", no="2", email="a@b")]
    assert wins("email", *two) == ("b@b", "customer_no")


def test_attributes_without_a_group_follow_the_latest():
    rules = Rules({})
    records = [says("core", 1, name="a"), says("ebank", 2, name="b")]
    assert golden(records, {}, rules, DIALECTS).values["name"].value == "b"


# ------------------------------------------------------------------------------------ fuller values
def test_a_cut_value_yields_to_the_one_it_was_cut_from():
    dialects = {**DIALECTS, "core": FakeDialect("core", width=3)}
    full, cut = says("ebank", 5, name="abcdef"), says("core", 9, name="abc")
    survivor = survive(full, cut, dialects=dialects).values["name"]
    assert (survivor.value, survivor.rule, survivor.system) == ("abcdef", "fuller", "ebank")
    assert survivor.since == T + 9 * SECOND
    assert wins("name", says("ebank", name="xbcdef"), cut, dialects=dialects) == ("abc", "trust")


def test_a_lost_character_yields():
    dialects = {**DIALECTS, "core": FakeDialect("core", codes={"陶喆": "陶〓"})}
    assert wins("name", says("core", name="陶〓"), says("ebank", name="陶喆"), dialects=dialects) == (
        "陶喆", "fuller",
    )  # fmt: skip


def test_a_coarser_code_yields_though_its_name_is_longer():
    dialects = {**DIALECTS, "loan": FakeDialect("loan", codes={"ma": "other"})}
    records = says("loan", education="other"), says("ebank", education="ma")
    assert wins("education", *records, dialects=dialects) == ("ma", "fuller")


def test_a_cut_line_in_a_slot_yields_too():
    dialects = {**DIALECTS, "core": FakeDialect("core", width=3)}
    core = says("core", 9, kind="person", address=("", "abc", None))
    assert wins("address:home", core, says("ebank", address__home=("abcdef", None)), dialects=dialects) == (
        ("abcdef", None), "fuller",
    )  # fmt: skip


def test_the_short_form_of_an_identity_number_yields_to_the_long_one():
    short = RESIDENT[:6] + RESIDENT[8:17]
    records = (
        says("core", document=("resident_id", short, None)),
        says("ebank", document__resident_id=(RESIDENT, None)),
    )
    assert wins("document:resident_id", *records) == ((RESIDENT, None), "fuller")


def test_a_flagged_value_is_not_fuller():
    dialects = {**DIALECTS, "core": FakeDialect("core", width=8)}
    core = says("core", document=("passport", "E1234567", None))
    flagged = says("ebank", document__passport=("E12345678", "20301399"))
    assert wins("document:passport", core, flagged, dialects=dialects)[0] == ("E1234567", None)


# ------------------------------------------------------------------------------------ slots and lists
def test_a_slot_contributes_under_its_key():
    result = survive(
        says("core", document=("passport", "E1", None)), says("ebank", document__other=("X1", None))
    )
    assert result.values["document:passport"].value == ("E1", None)
    assert result.values["document:other"].value == ("X1", None)


@pytest.mark.parametrize(("kind", "use"), [("person", "home"), ("organization", "registered")])
def test_a_slot_without_code_contributes_by_the_partys_kind(kind, use):
    dialects = {"core": FakeDialect("core")}
    result = survive(says("core", kind=kind, address=("", "line", None)), dialects=dialects)
    assert result.values[f"address:{use}"].value == ("line", None)


def test_records_of_unknown_systems_still_contribute():
    gone = says("gone", 9, name="b", address=("", "line", None), kind="person")
    assert wins("name", gone, says("core", name="a")) == ("a", "trust")
    assert "address:home" not in survive(gone).values


def test_relations_are_the_union():
    one, two = Relation("spouse", "b", None), Relation("guarantor", "a", ("passport", "E1"))
    records = [
        SourceRecord("loan", "2", "p", relations=Listed((one, two), T)),
        SourceRecord("loan", "1", "p", relations=Listed((one,), T)),
        SourceRecord("core", "1", "p"),
    ]
    result = survive(*records)
    assert result.relations == (("loan", "1", one), ("loan", "2", two), ("loan", "2", one))
    assert result.members == (("core", "1"), ("loan", "1"), ("loan", "2"))


def test_as_of_is_the_latest_since():
    assert survive(says("core", 5, name="a"), says("loan", 7, rating="A")).as_of == T + 7 * SECOND
    assert survive().as_of == 0


# ------------------------------------------------------------------------------------ pins
def test_the_newest_pin_wins_and_an_empty_one_lets_the_sources_speak():
    core = says("core", name="a")
    assert wins("name", core, pins={"name": [Pin(1, "x"), Pin(2, "y")]}) == ("y", "pin")
    assert wins("name", core, pins={"name": [Pin(2, None), Pin(1, "x")]}) == ("a", "only")
    assert survive(core, pins={"risk": [Pin(5, "R1")]}).values["risk"].since == 5
    assert "risk" not in survive(core, pins={"risk": [Pin(5, None)]}).values


# ------------------------------------------------------------------------------------ changed
def test_the_version_rises_for_values_relations_and_members_only():
    a = survive(says("core", 0, name="a"))
    assert not changed(a, survive(says("core", 9, name="a")))
    assert changed(a, survive(says("core", 0, name="b")))
    assert changed(a, survive(says("core", name="a", risk="R1")))
    assert changed(a, survive(says("core", name="a"), says("loan", name="a")))
    spouse = SourceRecord("core", "1", "p", relations=Listed((Relation("spouse", "b", None),), T))
    assert changed(survive(SourceRecord("core", "1", "p")), survive(spouse))


# ------------------------------------------------------------------------------------ conf
@pytest.mark.parametrize(
    ("conf", "text"),
    [
        ({"group": [{"attributes": ["nmae"]}]}, "no attribute or family: nmae"),
        ({"group": [{"attributes": ["name"], "trust": ["core", "core"]}]}, "stands twice"),
        ({"group": [{"attributes": ["name"]}, {"attributes": ["name"]}]}, "more than one group"),
        ({"groups": []}, "Extra inputs"),
        ({"group": [{"attributes": []}]}, "at least 1"),
    ],
)
def test_conf_is_checked(conf, text):
    with pytest.raises(ValidationError, match=text):
        SurvivorshipConf.model_validate(conf)


def test_others_may_stand_anywhere():
    group = GroupConf(attributes=("name",), trust=("core", "others", "ebank"))
    rule = Rules.compiled(SurvivorshipConf(group=(group,))).rule("name")
    assert rule.trust == {"core": 0, "ebank": 2}
    assert rule.others == 1


def test_shipped_rules_are_those_of_the_reference_bank():
    trusted = ["ocrm", "teller", "core", "loan", "ebank", "wealth", "card"]
    assert sorted(RULES.rule("document:passport").trust, key=RULES.rule("name").trust.get) == trusted
    assert RULES.rule("document:passport").steps == STEPS
    assert RULES.rule("phone:work").steps == ("sound", "latest", "complete", "frequent")
    assert RULES.rule("branch").steps == ("latest", "complete", "frequent")
    assert list(RULES.rule("risk").trust) == ["ocrm", "wealth", "core", "ebank"]
    assert RULES.rule("risk").steps == RULES.rule("of no group").steps == USUAL
    assert [str(rule) for rule in RULES.four_eyes] == ["merge (verified)", "pin (document)", "withdraw"]


# ------------------------------------------------------------------------------------ order and decay
def ruled(*records, attribute="name", **group):
    conf = SurvivorshipConf.model_validate({"group": [{"attributes": [attribute], **group}]})
    survivor = golden(records, {}, Rules.compiled(conf), DIALECTS).values[attribute]
    return survivor.value, survivor.rule


def test_conf_orders_the_steps():
    records = [says("core", 0, name="aa"), says("ebank", 9, name="b"), says("loan", 0, name="b")]
    trust = {"trust": ["core", "ebank"]}
    assert ruled(*records, steps=["trust", "latest"], **trust) == ("aa", "trust")
    assert ruled(*records, steps=["latest", "trust"], **trust) == ("b", "latest")
    assert ruled(*records, steps=["complete", "latest"]) == ("aa", "complete")
    assert ruled(*records, steps=["frequent"]) == ("b", "frequent")
    assert ruled(*records, steps=[]) == ("aa", "system")


def test_trust_fades_by_stored_days():
    day = 86_400
    records = [says("core", 0, rating="A"), says("loan", 100 * day, rating="B"), says("ebank", 1, name="x")]
    trust = {"attribute": "rating", "trust": ["core", "loan"]}
    assert ruled(*records, **trust) == ("A", "trust")
    assert ruled(*records, **trust, trust_half_life_days=101) == ("A", "trust")
    assert ruled(*records, **trust, trust_half_life_days=100) == ("B", "latest")  # one place lower: equal now
    assert ruled(*records, **trust, trust_half_life_days=50) == ("B", "trust")
    later = says("wealth", 150 * day, name="x")  # what is new of anything makes the rest older
    assert ruled(*records, later, **trust, trust_half_life_days=101) == ("B", "latest")


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ({"steps": ["trust", "trust"]}, "a step stands twice"),
        ({"steps": ["newest"]}, "Input should be"),
        ({"steps": ["latest"], "trust": ["core"]}, "trust is not among the steps"),
        ({"steps": ["latest"], "trust_half_life_days": 9}, "trust is not among the steps"),
        ({"trust_half_life_days": 0}, "greater than or equal to 1"),
    ],
)
def test_steps_are_checked(group, text):
    with pytest.raises(ValidationError, match=text):
        GroupConf.model_validate({"attributes": ["name"], **group})


# ------------------------------------------------------------------------------------ withdrawn records
def test_a_withdrawn_record_counts_only_while_no_other_says_anything():
    core = replace(says("core", 9, name="a", risk="R1"), withdrawn=True)
    heard = survive(core, says("ebank", name="b"))
    assert {name: s.value for name, s in heard.values.items()} == {"name": "b"}
    assert (heard.members, heard.as_of) == ((("core", "1"), ("ebank", "1")), T)
    assert survive(core, says("ebank")).values["name"].value == "a"


# ------------------------------------------------------------------------------------ any order
SAID = st.dictionaries(
    st.sampled_from(
        ["name", "risk", "phone:mobile", "document:resident_id", "rating", "verified:resident_id"]
    ),
    st.tuples(st.sampled_from([RESIDENT, RESIDENT[:17] + "0", "无", "b"]), st.integers(0, 400)),
)
RECORDS = st.dictionaries(
    st.tuples(st.sampled_from(["core", "loan", "ebank", "gone"]), st.sampled_from("12")),
    st.tuples(SAID, st.booleans()),
)
FADING = SurvivorshipConf.model_validate(
    {"group": [{"attributes": ["rating"], "trust": ["loan", "core"], "trust_half_life_days": 90},
               {"attributes": ["name", "document"], "steps": list(STEPS), "trust": ["core", "others"]},
               {"attributes": ["risk"], "steps": ["frequent", "latest"]}]}
)  # fmt: skip


@given(
    said=RECORDS,
    pins=st.lists(st.tuples(st.sampled_from(["name", "risk"]), st.integers(0, 3), st.none() | st.just("p"))),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_golden_record_does_not_depend_on_order(said, pins, shuffled):
    records = [
        SourceRecord(system, no, "p", withdrawn=withdrawn, attributes={
            name: Attribute(Own((value, None) if ":r" in name and "v" not in name else value,
                                T + day * 86_400 * SECOND, 1, -1))
            for name, (value, day) in values.items()
        })
        for (system, no), (values, withdrawn) in said.items()
    ]  # fmt: skip
    rules, decided = Rules.compiled(FADING), {}
    for attribute, at, value in pins:
        decided.setdefault(attribute, []).append(Pin(at, value))
    before = golden(records, decided, rules, DIALECTS)
    shuffled.shuffle(records)
    for some in decided.values():
        shuffled.shuffle(some)
    after = golden(records, dict(reversed(decided.items())), rules, DIALECTS)
    assert (after, list(after.values)) == (before, list(before.values))
