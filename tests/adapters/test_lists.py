from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.lists import ListReader
from adapters.mapping import CustomerMap
from adapters.reading import Problems
from adapters.refusals import Problem
from ecif.model import Holding, Relation

Mapped = Callable[[str], CustomerMap]
SPOUSE = {"REL_TYPE": "01", "NAME": "买买提•吐尔逊", "ID_TYPE": "10", "ID_NO": "650101198506153039"}
LOAN = {
    "CONTRACT": "HT-17",
    "PRODUCT": "PL01",
    "CCY": "CNY",
    "OUTSTANDING": Decimal("-1.05"),
    "DRAWN_ON": "20250301",
    "STATUS": "1",
    "GRADE": "N",
}


def relations(mapped: CustomerMap, entries: object) -> tuple[tuple[Relation, ...] | None, Problems]:
    problems: Problems = []
    return ListReader(mapped).relations({"RELATION": entries}, problems), problems


def holdings(mapped: CustomerMap, name: str, entries: object) -> tuple[tuple[Holding, ...] | None, Problems]:
    problems: Problems = []
    return ListReader(mapped).holdings({name: entries}, problems), problems


def test_a_list_not_sent_is_none_and_an_empty_one_has_ended(mapped: Mapped) -> None:
    assert relations(mapped("loan"), None) == (None, [])
    assert relations(mapped("loan"), []) == ((), [])
    assert holdings(mapped("loan"), "LOAN", None) == (None, [])
    assert holdings(mapped("core"), "ACCT", []) == ((), [])


def test_a_system_without_lists_sends_none(mapped: Mapped) -> None:
    assert relations(mapped("ebank"), []) == (None, [])
    assert holdings(mapped("ebank"), "LOAN", []) == (None, [])


def test_a_relation(mapped: Mapped) -> None:
    document = ("resident_id", "650101198506153039")
    read = (Relation("spouse", "买买提·吐尔逊", document),)
    assert relations(mapped("loan"), [SPOUSE]) == (read, [])


def test_a_relation_that_names_nobody_says_nothing(mapped: Mapped) -> None:
    entries = [{"REL_TYPE": "01", "NAME": "", "ID_TYPE": "10", "ID_NO": ""}, {**SPOUSE, "ID_NO": ""}]
    assert relations(mapped("loan"), entries) == ((Relation("spouse", "买买提·吐尔逊", None),), [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"REL_TYPE": ""}, Problem("1006", ("RELATION", 0, "REL_TYPE"), "blank")),
        ({"REL_TYPE": "77"}, Problem("1003", ("RELATION", 0, "REL_TYPE"), "not in the table")),
        ({"ID_TYPE": ""}, Problem("1006", ("RELATION", 0, "ID_TYPE"), "blank")),
        ({"ID_TYPE": "77"}, Problem("1003", ("RELATION", 0, "ID_TYPE"), "not in the table")),
    ],
)
def test_faulty_relations(mapped: Mapped, change: dict[str, Any], problem: Problem) -> None:
    assert relations(mapped("loan"), [{**SPOUSE, **change}])[1][0] == problem


def test_a_loan_and_an_account(mapped: Mapped) -> None:
    read = Holding("loan", "HT-17", "PL01", "CNY", "-1.05", "20250301", "active")
    assert holdings(mapped("loan"), "LOAN", [LOAN]) == ((read,), [])
    account = {
        "ACCT-NO": "62",
        "ACCT-PRODUCT": "D002",
        "ACCT-CCY": "USD",
        "ACCT-BALANCE": Decimal("1234567.89"),
        "ACCT-OPENED": "",
        "ACCT-STATUS": "D",
    }
    dormant = Holding("deposit", "62", "D002", "USD", "1234567.89", None, "dormant")
    assert holdings(mapped("core"), "ACCT", [account]) == ((dormant,), [])


@pytest.mark.parametrize(("field", "code"), [("CCY", "XXQ"), ("STATUS", "7"), ("GRADE", "Q")])
def test_codes_in_lists_are_checked(mapped: Mapped, field: str, code: str) -> None:
    _, problems = holdings(mapped("loan"), "LOAN", [LOAN, {**LOAN, field: code}])
    assert problems == [Problem("1003", ("LOAN", 1, field), "not in the table")]


def test_what_is_withdrawn_or_blank_in_a_list_is_not_there(mapped: Mapped) -> None:
    entry = {**LOAN, "OUTSTANDING": "*", "DRAWN_ON": "99999999", "STATUS": "", "PRODUCT": "*"}
    assert holdings(mapped("loan"), "LOAN", [entry])[0] == (
        Holding("loan", "HT-17", None, "CNY", None, None, None),
    )


def test_a_shareholders_percentage(mapped: Mapped) -> None:
    """No shipped system has one; a new one names its field."""
    loan = mapped("loan")
    assert loan.relations is not None
    section = loan.relations.model_copy(update={"share": "SHARE"})
    reader = ListReader(replace(loan, relations=section))
    holder = {"REL_TYPE": "04", "NAME": "李四", "ID_TYPE": "", "ID_NO": "", "SHARE": Decimal("33.40")}
    assert reader.relations({"RELATION": [holder]}, []) == (Relation("shareholder", "李四", None, "33.40"),)
