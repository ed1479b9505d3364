"""What the customer half asks of a dialect: what is carried, how it is written, what that loses."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.clock import SECOND
from adapters.dialect import SystemDialect
from ecif.model import Push
from tests.adapters.dialects.sheet_bodies import NOW, Dialects


def test_facts(dialects: Dialects) -> None:
    core, loan, ebank = dialects["core"], dialects["loan"], dialects["ebank"]
    assert {dialect.pushes for dialect in dialects.values()} == {"applied"}
    assert {dialect.eps for dialect in dialects.values()} == {2 * SECOND}
    assert set(core.carries) == {
        "kind",
        "name",
        "born",
        "gender",
        "risk",
        "document",
        "phone:mobile",
        "address",
    }
    assert core.slots["address"].by_kind == {"person": "home", "organization": "registered"}
    assert core.slots["document"].by_kind == {}
    assert set(loan.slots) == {"document", "address"}
    assert ebank.slots == {}
    assert {"document:uscc", "phone:work", "address:registered", "nationality"} <= set(ebank.carries)
    assert loan.only["employer"] == "person"


@pytest.mark.parametrize(
    ("system", "attribute", "value", "written"),
    [
        ("core", "name", "买买提·吐尔逊", "买买提·吐尔逊"),
        ("core", "name", "李喆", "李〓"),
        ("core", "name", "试" * 40, "试" * 30),
        ("core", "risk", "R5", "R5"),
        ("core", "gender", "female", "female"),
        ("core", "email", "a@b", None),
        ("core", "branch", "230102", "230102"),
        ("core", "document", ("other", "X1", None), ("other", "X1", None)),
        ("core", "document:passport", ("E1", "20300101"), ("E1", "20300101")),
        ("core", "address", ("", "试验路1号", None), ("", "试验路1号", None)),
        ("core", "address:home", ("试验路1号", "1000100"), ("试验路1号", "100010")),
        ("core", "address:work", ("试验路1号", None), None),
        ("core", "phone:home", "010", None),
        ("loan", "name", "李喆", "李喆"),
        ("loan", "annual_income", "1.5", "1.50"),
        ("loan", "annual_income", "1" * 14 + ".00", None),
        ("loan", "education", "junior_high", "junior_high"),
        ("loan", "born", "20230229", "20230229"),
        ("loan", "phone:work", "010", None),
        ("ebank", "document:uscc", ("9111", None), ("9111", None)),
        ("ebank", "nationality", "CHN", "CHN"),
        ("ebank", "risk", "R9", None),
        ("ebank", "status", "active", None),
    ],
)
def test_written(dialects: Dialects, system: str, attribute: str, value: Any, written: Any) -> None:
    dialect = dialects[system]
    assert dialect.written(attribute, value) == written
    if written is not None:
        assert dialect.written(attribute, written) == written


@pytest.mark.parametrize(
    ("system", "attribute", "value", "losses"),
    [
        ("core", "name", "李小明", ()),
        ("core", "name", "李喆", ("substituted",)),
        ("core", "name", "试" * 40, ("cut",)),
        ("core", "name", "喆" * 40, ("cut", "substituted")),
        ("core", "address:home", ("喆园", "1000100"), ("cut", "substituted")),
        ("loan", "annual_income", "1.555", ("coarser",)),
        ("core", "email", "a@b", ()),
    ],
)
def test_losses(dialects: Dialects, system: str, attribute: str, value: Any, losses: Any) -> None:
    assert dialects[system].losses(attribute, value) == losses


def test_amounts_are_written_as_decimals(loan: SystemDialect) -> None:
    push = Push(loan.new_id(NOW), NOW, "1" * 12, 1, "L1", "person", {"annual_income": "-1.05"})
    assert loan.codec.parse(loan.push_bytes(push))[1]["ANNUAL_INCOME"] == Decimal("-1.05")
