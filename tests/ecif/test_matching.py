"""Tiers and vetoes."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from ecif.matching import Apart, Conflict, Doubt, Linked, Matching, New, Question, Same
from ecif.matching_conf import MatchingConf
from ecif.model import Attribute, Own, SourceRecord
from tests.ecif.fakes import RESIDENT, SECOND

T = 1_767_196_800 * SECOND
CONF = Path(__file__).parents[2] / "conf" / "matching.toml"
MATCHING = Matching(MatchingConf.model_validate(tomllib.loads(CONF.read_text())))
OTHER_RESIDENT = "11010519491231002X"
USCC = "91110105MA0TE5T40A"


def who(system="core", no="1", **values):
    values = {"kind": "person", "name": "张伟", **values}
    attributes = {
        name.replace("__", ":"): Attribute(Own(value, T, 1, -1)) for name, value in values.items() if value
    }
    return SourceRecord(system, no, "", attributes=attributes)


def found(a, *b):
    there, back = MATCHING.same_customer([a], b), MATCHING.same_customer(b, [a])
    assert there == back
    if there != Apart():
        keys = {key for record in b for key in MATCHING.match_keys([record])}
        assert keys & set(MATCHING.match_keys([a]))
    return there


BY_ID = who(document=("resident_id", RESIDENT, None))
BY_PHONE = {"born": "19850615", "phone__mobile": "13900000002"}


# ------------------------------------------------------------------------------------ the document tier
def test_the_same_document_links():
    assert found(BY_ID, who("ebank", document__resident_id=(RESIDENT, "20300101"))) == Same("document")


def test_two_forms_of_one_document():
    short = RESIDENT[:6] + RESIDENT[8:17]
    assert found(BY_ID, who("loan", document=("resident_id", short, None))) == Same("document")
    firm = {"kind": "organization", "name": "试验公司"}
    coded = who("loan", document=("org_code", "MA0TE5T4-0", None), **firm)
    assert found(who(document=("uscc", USCC, None), **firm), coded) == Same("document")


@pytest.mark.parametrize("name", ["Zhang Wei", "张　伟", "张〓", "张?", "张□", "張偉"])
def test_a_name_that_fits(name):
    assert found(BY_ID, who("ebank", name=name, document__resident_id=(RESIDENT, None))) == Same("document")


def test_two_names_that_sound_alike_are_two_names():
    sister = who("ebank", name="张炜", document__resident_id=(RESIDENT, None))
    assert found(BY_ID, sister) == Doubt("name")


def test_another_name_is_a_question():
    assert found(BY_ID, who("ebank", name="李娜", document__resident_id=(RESIDENT, None))) == Doubt("name")


def test_another_kind_is_a_question():
    assert found(BY_ID, who("ebank", kind="organization", document__resident_id=(RESIDENT, None))) == Doubt(
        "kind"
    )


def test_one_document_shared_and_another_differing_is_a_question():
    one = who("ebank", document__passport=("E1234567", None), document__resident_id=(RESIDENT, None))
    two = who("ebank", document__passport=("E1234567", None), document__resident_id=(OTHER_RESIDENT, None))
    assert found(one, two) == Doubt("documents")


def test_an_expired_document_forbids_nothing():
    one = who("ebank", document__passport=("E1234567", "20200101"), document__resident_id=(RESIDENT, None))
    two = who("ebank", document__passport=("E7654321", "20300101"), document__resident_id=(RESIDENT, None))
    assert found(one, two) == Same("document")


@pytest.mark.parametrize(
    ("type", "number"),
    [
        ("resident_id", RESIDENT[:17] + "0"),
        ("resident_id", "9" * 18),
        ("passport", "00000000"),
        ("household_register", "100200300"),
        ("other", "A1B2C3"),
    ],
)
def test_no_evidence(type, number):
    assert found(who(document=(type, number, None)), who("loan", document=(type, number, None))) == Apart()
    assert MATCHING.document_key(type, number) is None
    assert MATCHING.match_keys([who(document=(type, number, None))]) == ()


def test_the_key_of_one_document():
    assert MATCHING.document_key("resident_id", RESIDENT) in MATCHING.match_keys([BY_ID])
    assert RESIDENT not in "".join(MATCHING.match_keys([BY_ID]))


# ----------------------------------------------------------------------------- name, birth date, mobile
def test_name_birth_date_and_mobile_link():
    for mobile in ("+86 139 0000 0002", "0086-139-0000-0002", "013900000002", "１３９０００００００２"):
        same = who("ebank", born="19850615", phone__mobile=mobile)
        assert found(who(**BY_PHONE), same) == Same("born_and_mobile")
    assert found(who(**BY_PHONE), who("loan", name="张〓", **BY_PHONE)) == Same("born_and_mobile")


@pytest.mark.parametrize(
    "other",
    [
        {**BY_PHONE, "name": "张强"},  # a twin with the parents' phone
        {**BY_PHONE, "name": "Zhang Wei"},  # spelling alone is not enough here
        {**BY_PHONE, "born": "19850616"},
        {**BY_PHONE, "phone__mobile": "13900000003"},
        {**BY_PHONE, "kind": "organization"},
        {"born": "19850615"},
    ],
)
def test_less_is_not_enough(other):
    assert found(who(**BY_PHONE), who("ebank", **other)) == Apart()


def test_differing_documents_forbid_it():
    one = who(document=("resident_id", RESIDENT, None), **BY_PHONE)
    two = who("loan", document=("resident_id", OTHER_RESIDENT, None), **BY_PHONE)
    assert found(one, two) == Apart()
    flagged = who("loan", document=("resident_id", OTHER_RESIDENT[:17] + "1", None), **BY_PHONE)
    assert found(one, flagged) == Same("born_and_mobile")


def test_placeholders_are_no_evidence():
    nobody = {"born": "19850615", "phone__mobile": "13800000000"}
    assert found(who(**nobody), who("loan", **nobody)) == Apart()
    nameless = {**BY_PHONE, "name": "不详"}
    assert found(who(**nameless), who("loan", **nameless)) == Apart()


def test_a_record_is_compared_with_all_the_party_says():
    party = [who(**BY_PHONE), who("loan", name="Zhang Wei", document=("resident_id", RESIDENT, None))]
    assert found(who("ebank", name="张伟", document__resident_id=(RESIDENT, None)), *party) == Same(
        "document"
    )
    clash = who("ebank", document__resident_id=(OTHER_RESIDENT, None), **BY_PHONE)
    assert found(clash, *party) == Apart()


# ------------------------------------------------------------------------------------ judging
def test_nobody_known_is_new():
    assert MATCHING.judge([BY_ID], {}) == New()
    assert MATCHING.judge([BY_ID], {"1": [who("loan", name="李娜")]}) == New()


def test_the_stronger_tier_wins_then_the_lower_number():
    record = who(document=("resident_id", RESIDENT, None), **BY_PHONE)
    by_phone, by_id = who("loan", **BY_PHONE), who("ebank", document__resident_id=(RESIDENT, None))
    assert MATCHING.judge([record], {"1": [by_phone], "2": [by_id], "3": [by_id]}) == Linked("2", "document")


NAME = Question("7", "name")


def test_a_document_under_another_name_makes_a_new_customer_and_a_question():
    other = who("ebank", name="李娜", document__resident_id=(RESIDENT, None))
    assert MATCHING.judge([BY_ID], {"7": [other]}) == Conflict((NAME,))
    assert MATCHING.judge([BY_ID], {"7": [other], "8": [other]}) == Conflict((NAME, Question("8", "name")))
    assert MATCHING.judge([BY_ID], {"7": [other], "9": [BY_ID]}) == Linked("9", "document", (NAME,))


def test_what_a_steward_declared_different_is_passed_over():
    assert MATCHING.judge([BY_ID], {"7": [BY_ID]}, no_match=("7",)) == New()


# ------------------------------------------------------------------------------------ conf
@pytest.mark.parametrize(
    ("conf", "text"),
    [
        ({"weak_documents": ["ID"]}, "no document type: ID"),
        ({"tier": [{"evidence": "document", "names": "same"}] * 2}, "two tiers"),
        ({"tier": [{"evidence": "score", "names": "same"}]}, "document"),
        ({"tiers": []}, "Extra inputs"),
    ],
)
def test_conf_is_checked(conf, text):
    with pytest.raises(ValidationError, match=text):
        MatchingConf.model_validate(conf)


def test_no_tiers_no_links():
    assert Matching(MatchingConf()).same_customer([BY_ID], [BY_ID]) == Apart()


# ------------------------------------------------------------------------------------ what was weighed
def test_a_batch_that_was_told_of_is_not_weighed_again(monkeypatch):
    """However much was weighed before it: as when the process that read a batch weighed it already."""
    told = Matching(MatchingConf.model_validate(tomllib.loads(CONF.read_text())), weighed=4)
    weighed = []
    weigh = told._weigh
    monkeypatch.setattr(told, "_weigh", lambda *what: weighed.append(what) or weigh(*what))
    for before in range(4):
        told.weighed(who(name=f"张{before}"))
        weighed.clear()
        batch = [who(name=f"李{number}") for number in range(4)]
        for record in batch:
            told.remember(record, MATCHING.weighed(record))
        for record in batch:
            assert told.weighed(record) == MATCHING.weighed(record)
        assert weighed == []


def test_a_namesake_told_apart_by_a_document_is_not_weighed(monkeypatch):
    """A large bank reads one for every second new customer."""
    matching = Matching(MatchingConf.model_validate(tomllib.loads(CONF.read_text())))
    weighed = []
    monkeypatch.setattr(matching, "_weigh", lambda *what: weighed.append(what))
    namesake = who("ebank", document=("resident_id", OTHER_RESIDENT, None))
    assert matching.judge([BY_ID], {"100000000001": [namesake]}) == New()
    assert weighed == []


def test_what_nobody_asks_for_is_forgotten():
    told = Matching(MatchingConf.model_validate(tomllib.loads(CONF.read_text())), weighed=4)
    for number in range(100):
        told.said(who(name=f"张{number}"))
    assert len(told._said) <= 8
