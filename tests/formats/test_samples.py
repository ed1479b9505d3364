"""Messages that nobody wrote: examples, random ones, and what happens where none can be made."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import pytest

from formats.codec import FieldFacts
from formats.errors import Fault, FaultKind, FormatError, Place
from formats.samples import NoSample, example, wild_messages


def test_given_values_are_used_and_those_that_do_not_fit_are_not(core: Any) -> None:
    values = {("CUST-NAME",): ["李小明"], ("CUST-SEX",): ["much too long", "F"]}
    fields = core.codec.parse(example(core.codec, "CU01", values))[1]
    assert (fields["CUST-NAME"], fields["CUST-SEX"], len(fields["ACCT"])) == ("李小明", "F", 2)
    assert all(value != "" for value in fields.values())


def test_one_seed_gives_the_same_messages(ebank: Any) -> None:
    first, again, other = (list(islice(wild_messages(ebank.codec, seed), 30)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) > 20


def test_random_messages_have_blanks_clear_marks_full_fields_and_chinese(loan: Any) -> None:
    found = [loan.codec.parse(body)[1] for body in islice(wild_messages(loan.codec, 1), 200)]
    names = {fields["NAME"] for fields in found if "NAME" in fields}
    assert {fields["SEQ"] for fields in found if "SEQ" in fields} & {"*"}
    assert "" in names
    assert any(len(name.encode("gb18030")) > 58 for name in names)
    assert any(not name.isascii() for name in names)
    assert {len(fields["LOAN"] or ()) for fields in found if "LOAN" in fields} > {0, 1, 2}


class Choosy:
    """Takes only what nobody would guess, field by field; says so by label."""

    name = "choosy"
    types = ("T",)

    def __init__(self, *only: str) -> None:
        self._only = only

    def facts(self, type: str) -> list[FieldFacts]:
        return [
            FieldFacts(("LIST",), kind="list", label="LIST", occurs=(0, 3)),
            FieldFacts(("LIST", "A"), kind="text", label="LIST.A"),
        ]

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        for i, entry in enumerate(fields["LIST"]):
            if entry.get("A", "") not in self._only:
                fault = Fault(Place(f"LIST({i + 1}).A", 0, 1), "wrong")
                raise FormatError(self.name, FaultKind.CONTENT, [fault])
        return ",".join(entry.get("A", "") for entry in fields["LIST"]).encode()

    def parse(self, body: bytes) -> tuple[str, dict[str, Any]]:
        return "T", {"LIST": [{"A": value} for value in body.decode().split(",")]}


def test_what_is_refused_gets_its_next_value() -> None:
    assert example(Choosy("S", ""), "T") == b"S,S"  # type: ignore[arg-type]
    assert example(Choosy(""), "T") == b","  # type: ignore[arg-type]
    body = next(wild_messages(Choosy("S", ""), 1))  # type: ignore[arg-type]
    assert set(body.split(b",")) <= {b"S", b""}


def test_where_nothing_is_taken_the_last_refusal_is_told() -> None:
    with pytest.raises(NoSample, match="wrong"):
        example(Choosy("nobody would guess this"), "T")  # type: ignore[arg-type]
