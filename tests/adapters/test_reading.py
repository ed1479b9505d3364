from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from adapters.mapping import CustomerMap
from adapters.reading import CustomerReader, Problems, Required, Values, read_seq
from adapters.refusals import Problem

Mapped = Callable[[str], CustomerMap]


def said(mapped: CustomerMap, fields: dict[str, Any]) -> tuple[Values, dict[str, str], Problems]:
    problems: Problems = []
    values, named = CustomerReader(mapped).read(fields, problems)
    return values, named, problems


def values_of(mapped: CustomerMap, **fields: Any) -> Values:
    values, _, problems = said(mapped, {"KIND": "1", **fields})
    assert problems == []
    values.pop("kind")
    return values


def problems_of(mapped: CustomerMap, fields: dict[str, Any]) -> Problems:
    return said(mapped, fields)[2]


@pytest.fixture
def loan(mapped: Mapped) -> CustomerMap:
    return mapped("loan")


@pytest.fixture
def core(mapped: Mapped) -> CustomerMap:
    return mapped("core")


@pytest.fixture
def ebank(mapped: Mapped) -> CustomerMap:
    return mapped("ebank")


def test_blank_and_absent_say_nothing(loan: CustomerMap) -> None:
    assert values_of(loan, NAME="", ID_TYPE="", ID_NO="", MOBILE="", ANNUAL_INCOME="") == {}


def test_blanks_say_no_more_than_nothing_does(loan: CustomerMap) -> None:
    """Delimited and tagged formats hand on what stands in a field."""
    assert values_of(loan, NAME="  ", ID_TYPE="", ID_NO=" ", MOBILE=" \u3000") == {}


def test_values_are_standard_terms(loan: CustomerMap) -> None:
    read = values_of(loan, SEX="2", MARITAL="22", EDUCATION="14", ANNUAL_INCOME=Decimal("120000"))
    assert read == {
        "gender": "female",
        "marital": "married",
        "education": "postgraduate",
        "annual_income": "120000.00",
    }


def test_the_clear_mark_of_every_type_is_none(loan: CustomerMap) -> None:
    read = values_of(
        loan, NAME="*", SEX="*", BORN_OR_FOUNDED="99999999", ANNUAL_INCOME="*", MOBILE="*", HOME_TEL="*"
    )
    assert read == dict.fromkeys(
        ("name", "gender", "born", "annual_income", "phone:mobile", "phone:home"), None
    )


def test_a_code_that_means_unknown_says_nothing(loan: CustomerMap) -> None:
    assert values_of(loan, SEX="9", MARITAL="90") == {}


def test_a_code_that_is_not_in_the_table(loan: CustomerMap) -> None:
    assert problems_of(loan, {"KIND": "1", "MARITAL": "77"}) == [
        Problem("1003", ("MARITAL",), "not in the table")
    ]


def test_fields_of_the_other_kind_of_party_are_ignored(loan: CustomerMap) -> None:
    values, _, problems = said(loan, {"KIND": "2", "SEX": "7", "EMPLOYER": "甲公司", "INDUSTRY": "5190"})
    assert problems == []
    assert values == {"kind": "organization", "industry": "5190"}


def test_characters_that_ccsid_935_cannot_tell_apart_are_one(loan: CustomerMap) -> None:
    read = values_of(loan, NAME="买买提・吐尔逊•阿", ADDR_USE="01", ADDRESS="一―二")
    assert read == {"name": "买买提·吐尔逊·阿", "address": ("home", "一—二", None)}


# One slot, its type beside it.


def test_a_document_slot_starts_with_its_type(loan: CustomerMap) -> None:
    values, named, _ = said(loan, {"ID_TYPE": "20", "ID_NO": "E17", "ID_EXPIRY": "20300101"})
    assert values == {"document": ("passport", "E17", "20300101")}
    assert named == {"document": "passport"}


@pytest.mark.parametrize(("expiry", "read"), [("", None), ("99999999", "*"), ("99991231", "99991231")])
def test_the_expiry_of_a_document(loan: CustomerMap, expiry: str, read: str | None) -> None:
    values = values_of(loan, ID_TYPE="20", ID_NO="E17", ID_EXPIRY=expiry)
    assert values == {"document": ("passport", "E17", read)}


def test_an_expiry_without_the_number_is_a_partial_entry(loan: CustomerMap) -> None:
    assert values_of(loan, ID_TYPE="20", ID_EXPIRY="20300101") == {"document": ("passport", None, "20300101")}


def test_a_type_without_a_number_says_nothing(loan: CustomerMap) -> None:
    values, named, problems = said(loan, {"ID_TYPE": "20", "ADDR_USE": "01"})
    assert (values, named, problems) == ({}, {}, [])


@pytest.mark.parametrize("number", ["E17", "*"])
def test_a_number_without_its_type_is_half_a_pair(loan: CustomerMap, number: str) -> None:
    assert problems_of(loan, {"ID_NO": number}) == [Problem("1006", ("ID_TYPE",), "blank")]
    assert problems_of(loan, {"ADDRESS": number}) == [Problem("1006", ("ADDR_USE",), "blank")]


def test_a_document_is_withdrawn_by_its_type(loan: CustomerMap) -> None:
    values, named, problems = said(loan, {"ID_TYPE": "20", "ID_NO": "*", "ID_EXPIRY": "20300101"})
    assert (values, named, problems) == ({"document": None}, {"document": "passport"}, [])


def test_a_slot_of_which_all_is_cleared_needs_no_type(loan: CustomerMap) -> None:
    values, named, problems = said(loan, {"ID_TYPE": "*", "ID_NO": "*"})
    assert (values, named, problems) == ({"document": None}, {}, [])


def test_a_cleared_type_with_a_number_is_half_a_pair(loan: CustomerMap) -> None:
    assert problems_of(loan, {"ID_TYPE": "*", "ID_NO": "E17"}) == [Problem("1006", ("ID_TYPE",), "cleared")]


def test_an_unknown_type_is_told_even_without_a_number(loan: CustomerMap) -> None:
    assert problems_of(loan, {"ID_TYPE": "77"}) == [Problem("1003", ("ID_TYPE",), "not in the table")]


# One slot whose use is told by the party's kind.


def test_core_s_address_has_no_use(core: CustomerMap) -> None:
    values, named, _ = said(core, {"CUST-ADDRESS": "试验路1号", "CUST-POSTCODE": "100010"})
    assert values == {"address": ("", "试验路1号", "100010")}
    assert named == {}


@pytest.mark.parametrize(
    ("line", "postcode", "read"),
    [
        ("*", "100010", None),
        ("", "100010", ("", None, "100010")),
        ("试验路1号", "*", ("", "试验路1号", "*")),
        ("试验路1号", "", ("", "试验路1号", None)),
    ],
)
def test_core_s_address_in_parts(core: CustomerMap, line: str, postcode: str, read: object) -> None:
    values = values_of(core, **{"CUST-ADDRESS": line, "CUST-POSTCODE": postcode, "CUST-KIND": "P"})
    assert values == {"address": read}


# Lists.


def test_listed_entries_are_keyed_and_the_last_of_a_key_holds(ebank: CustomerMap) -> None:
    documents = [
        {"type": 1, "number": "A"},
        {"type": 2, "number": "*"},
        {"type": 1, "number": "B", "expiry": "20300101"},
    ]
    values, named, problems = said(ebank, {"documents": documents})
    assert values == {"document:resident_id": ("B", "20300101"), "document:passport": None}
    assert (named, problems) == ({}, [])


def test_listed_phones_are_plain_texts(ebank: CustomerMap) -> None:
    phones = [{"use": 1, "number": "139"}, {"use": 3, "number": "*"}, {"use": 2, "number": ""}]
    assert said(ebank, {"phones": phones})[0] == {"phone:mobile": "139", "phone:work": None}


def test_faults_in_lists_know_their_entry(ebank: CustomerMap) -> None:
    fields = {
        "documents": [{"type": 1, "number": "A"}, {"type": 8, "number": "B"}],
        "phones": [{"number": "139"}],
        "addresses": [{"use": "*", "line": "试验路1号"}],
    }
    assert problems_of(ebank, fields) == [
        Problem("1003", ("documents", 1, "type"), "not in the table"),
        Problem("1006", ("phones", 0, "use"), "blank"),
        Problem("1006", ("addresses", 0, "use"), "cleared"),
    ]


# Required fields and sequence numbers.


@pytest.mark.parametrize(
    ("seq", "problem"),
    [
        (1, None),
        (999, None),
        (0, ("1006", "blank")),
        ("", ("1006", "blank")),
        ("*", ("1006", "cleared")),
        (-1, ("1001", "negative")),
        (1000, ("1001", "over 999")),
    ],
)
def test_seq(seq: object, problem: tuple[str, str] | None) -> None:
    problems: Problems = []
    read_seq({"SEQ": seq}, "SEQ", 999, problems)
    assert problems == ([] if problem is None else [Problem(problem[0], ("SEQ",), problem[1])])


@pytest.mark.parametrize(
    ("value", "rule"),
    [("", "blank"), (" ", "blank"), (None, "blank"), ([], "blank"), ("*", "cleared"), ("0", "blank")],
)
def test_required(loan: CustomerMap, value: object, rule: str) -> None:
    tables = {single.field: single.table for single in loan.singles if single.table}
    problems: Problems = []
    Required(["SEX"], tables).check({"SEX": value}, problems)
    assert problems == [Problem("1006", ("SEX",), rule)]
