from collections.abc import Callable
from decimal import Decimal

import pytest

from adapters.mapping import CustomerMap
from adapters.writing import CustomerWriter
from formats.codec import Path

Mapped = Callable[[str], CustomerMap]


def everything(mapped: CustomerMap) -> set[Path]:
    """A layout with every field of the mapping."""
    paths: set[Path] = {(mapped.number,)} | {(single.field,) for single in mapped.singles}
    for family in mapped.families:
        at = (family.list,) if family.list else ()
        paths |= {(*at, field) for field in (family.main, family.extra, family.key) if field}
        paths |= {(place.main,) for place in family.fixed}
    return paths


@pytest.fixture
def loan(mapped: Mapped) -> CustomerWriter:
    return CustomerWriter(mapped("loan"), everything(mapped("loan")))


@pytest.fixture
def ebank(mapped: Mapped) -> CustomerWriter:
    return CustomerWriter(mapped("ebank"), everything(mapped("ebank")))


def test_it_carries_what_its_layout_has(mapped: Mapped, loan: CustomerWriter) -> None:
    assert {"kind", "name", "document", "phone:mobile", "phone:home", "address"} <= set(loan.attributes)
    narrow = CustomerWriter(mapped("loan"), [("CUST_NO",), ("NAME",), ("MOBILE",)])
    assert narrow.attributes == ("name", "phone:mobile")
    assert narrow.write("person", "L1", {"name": "甲", "email": "a@b"}, {}) == {"CUST_NO": "L1", "NAME": "甲"}


def test_listed_families_carry_every_key_of_their_table(ebank: CustomerWriter) -> None:
    names = set(ebank.attributes)
    assert {"document:resident_id", "document:other", "phone:work", "address:registered"} <= names
    assert not {"document", "phone", "address"} & names


def test_values_become_fields(loan: CustomerWriter) -> None:
    values = {
        "kind": "person",
        "name": "李小明",
        "gender": "female",
        "born": "19900307",
        "annual_income": "120000.00",
        "phone:home": "010-6",
        "document": ("passport", "E17", None),
        "address": ("work", "试验路2号", "100010"),
    }
    assert loan.write("person", "L1", values, {}) == {
        "CUST_NO": "L1",
        "KIND": "1",
        "NAME": "李小明",
        "SEX": "2",
        "BORN_OR_FOUNDED": "19900307",
        "ANNUAL_INCOME": Decimal("120000.00"),
        "HOME_TEL": "010-6",
        "ID_TYPE": "20",
        "ID_NO": "E17",
        "ADDR_USE": "02",
        "ADDRESS": "试验路2号",
        "POSTCODE": "100010",
    }


def test_clear_marks(loan: CustomerWriter) -> None:
    values = dict.fromkeys(("born", "annual_income", "email", "phone:mobile", "document", "address"))
    assert loan.write("person", "", values, {"document": "passport", "address": "work"}) == {
        "BORN_OR_FOUNDED": "99999999",
        "ANNUAL_INCOME": "*",
        "EMAIL": "*",
        "MOBILE": "*",
        "ID_TYPE": "20",
        "ID_NO": "*",
        "ADDR_USE": "02",
        "ADDRESS": "*",
    }


def test_a_slot_is_cleared_even_if_nobody_said_which(loan: CustomerWriter) -> None:
    person = loan.write("person", "", {"document": None, "address": None}, {})
    assert (person["ID_TYPE"], person["ADDR_USE"]) == ("10", "01")
    organization = loan.write("organization", "", {"document": None, "address": None}, {})
    assert (organization["ID_TYPE"], organization["ADDR_USE"]) == ("71", "04")


def test_an_expiry_or_postcode_alone_is_cleared(loan: CustomerWriter) -> None:
    values = {"document": ("passport", "E17", "*"), "address": ("work", "试验路2号", "*")}
    fields = loan.write("person", "", values, {})
    assert (fields["ID_EXPIRY"], fields["POSTCODE"]) == ("99999999", "*")


def test_fields_of_the_other_kind_are_left_blank(loan: CustomerWriter) -> None:
    values = {"gender": "female", "employer": None, "industry": "5190"}
    assert loan.write("organization", "", values, {}) == {"INDUSTRY": "5190"}


def test_a_standard_code_that_the_table_lacks_is_left_blank(ebank: CustomerWriter) -> None:
    assert ebank.write("person", "", {"risk": "R9"}, {})["risk"] == ""


def test_lists_hold_all_entries_and_the_cleared_ones(ebank: CustomerWriter) -> None:
    values = {
        "document:passport": ("E17", "20300101"),
        "document:resident_id": ("11", None),
        "document:other": None,
        "phone:mobile": "139",
        "phone:work": None,
        "address:home": ("一", None),
    }
    fields = ebank.write("person", "EB1", values, {})
    assert fields["documents"] == [
        {"type": 1, "number": "11"},
        {"type": 2, "number": "E17", "expiry": "20300101"},
        {"type": 99, "number": "*"},
    ]
    assert fields["phones"] == [{"use": 1, "number": "139"}, {"use": 3, "number": "*"}]
    assert fields["addresses"] == [{"use": 1, "line": "一"}]


def test_core_s_address_has_no_code(mapped: Mapped) -> None:
    core = CustomerWriter(mapped("core"), everything(mapped("core")))
    written = core.write("person", "C1", {"address": ("", "试验路1号", None), "branch": "1"}, {})
    assert written["CUST-ADDRESS"] == "试验路1号"
    assert core.write("person", "C1", {"address": None}, {})["CUST-ADDRESS"] == "*"


def test_a_kind_that_nobody_said_is_not_made_up(ebank: CustomerWriter) -> None:
    assert "kind" not in ebank.write("person", "E1", {"name": "甲"}, {})
    assert ebank.write("person", "E1", {"kind": None}, {})["kind"] == "*"
