"""Hand-written structs take part like any other family: the kit, diagnosis, samples."""

import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from formats.codec import Codec
from formats.declare import Declaration, load_codec
from formats.errors import FaultKind, FormatError
from formats.samples import wild_messages
from formats.testing import check_any, check_format

DECLARED: dict[str, Any] = {
    "family": "construct",
    "header": "messages.py#HEADER",
    "type_field": "TYPE",
    "records": {"CU": "messages.py#CUSTOMER", "RP": "messages.py#REPLY"},
}
FIELDS = {
    "ID": "0011223344556677",
    "KIND": "person",
    "NAME": "李小明",
    "BORN": {"YEAR": 1990, "MONTH": 3},
    "ACCOUNTS": [{"NO": "A1", "BALANCE": -5}, {"NO": "A2", "BALANCE": 7}],
    "PHONES": [{"value": "13900000001"}],
}


def load(**changed: Any) -> Codec:
    declared = TypeAdapter(Declaration).validate_python(DECLARED | changed)
    return load_codec(declared, Path(__file__).parent, "hand")


@pytest.fixture(scope="module")
def codec() -> Codec:
    return load()


def test_the_kit(codec: Codec) -> None:
    check_format(codec, [codec.build("CU", FIELDS)])


def test_random_bytes(codec: Codec) -> None:
    for body in islice(wild_messages(codec, 1), 60):
        for at in range(0, len(body), 3):
            check_any(codec, body[:at] + bytes([255 - body[at]]) + body[at + 1 :])


def test_values_are_those_of_all_formats(codec: Codec) -> None:
    body = codec.build("CU", FIELDS)
    assert codec.parse(body) == ("CU", {"TYPE": "CU", **FIELDS})
    assert body[10:12] == b"\x01\x00"
    reply = codec.build("RP", {"ID": FIELDS["ID"], "CODE": "0042", "FORM": 1, "TEXT": "GOOD"})
    assert reply[10:15] == b"\xca\xfe\x00\x2a\x01"
    assert codec.parse(reply)[1]["TEXT"] == "GOOD"


def test_all_faults_are_found_with_their_places_and_what_was_read(codec: Codec) -> None:
    body = bytearray(codec.build("CU", FIELDS))
    body[12], body[44] = 0xFF, 13
    with pytest.raises(FormatError) as raised:
        codec.parse(bytes(body))
    found = [(fault.place.label, fault.place.offset, fault.rule) for fault in raised.value.faults]
    assert found == [("NAME", 12, "not readable text"), ("BORN", 42, "not allowed")]
    assert raised.value.fields["ACCOUNTS"] == FIELDS["ACCOUNTS"]
    assert raised.value.fields["ID"] == FIELDS["ID"]
    assert "NAME" not in raised.value.fields


def test_a_message_that_ends_early_still_has_its_id(codec: Codec) -> None:
    body = codec.build("CU", FIELDS)
    with pytest.raises(FormatError) as raised:
        codec.parse(body[:60])
    (fault,) = raised.value.faults
    assert (fault.place.label, fault.place.offset, fault.rule) == ("ACCOUNTS(2).NO", 60, "ends early")
    assert raised.value.fields["ID"] == FIELDS["ID"]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"KIND": "nobody"}, "KIND@10 not in the table"),
        ({"NAME": "x" * 31}, "NAME@12 too long"),
        ({"ID": "zz"}, "ID@0 not hex"),
        ({"BORN": {"YEAR": 70000, "MONTH": 1}}, "BORN.YEAR@42 not a number that fits"),
        ({"ACCOUNTS": [{}, {"NO": "1" * 11}]}, "ACCOUNTS(2).NO@60 too long"),
        ({"NOBODY": 1}, "NOBODY@0 no such field"),
        ({"ACCOUNTS": 3}, "ACCOUNTS@0 not a list of groups"),
    ],
)
def test_what_cannot_be_written(codec: Codec, changed: dict[str, Any], text: str) -> None:
    with pytest.raises(FormatError) as raised:
        codec.build("CU", FIELDS | changed)
    assert [fault.text() for fault in raised.value.faults] == [text]


def test_a_type_that_nobody_knows(codec: Codec) -> None:
    with pytest.raises(FormatError) as raised:
        codec.parse(b"XX" + bytes(20))
    assert raised.value.kind is FaultKind.TYPE
    assert codec.peek(b"XX")[1] == {"TYPE": b"XX", "ID": bytes(8)}


def test_a_count_without_bytes_behind_it_is_refused_in_time() -> None:
    codec = load(records={"EM": "messages.py#EMPTY"})
    with pytest.raises(FormatError):
        codec.parse(b"EM" + bytes(8) + b"\x7f\xff\xff\xff")


def test_texts_are_fitted(codec: Codec) -> None:
    assert codec.fit("CU", ("NAME",), "李" * 11) == "李" * 10
    assert codec.fit("CU", ("ACCOUNTS", "NO"), "李1") == "?1"
    assert codec.fit("CU", ("KIND",), "person") == "person"


@pytest.mark.parametrize(
    ("python", "declared", "text"),
    [
        ("", {"header": "messages.py#NOBODY"}, "has no struct NOBODY"),
        ("", {"header": "nowhere.py#HEADER"}, "names the file nowhere.py, which cannot be read"),
        ("def (", {}, "is no Python"),
        ("1 / 0", {}, "cannot be run: ZeroDivisionError"),
        ("", {"type_field": "KIND"}, "the header has no KIND of a fixed size"),
        ("", {"records": {"LONG": "messages.py#CUSTOMER"}}, "TYPE cannot hold LONG"),
        ("from construct import Single\nREPLY = Struct(*_HEAD, 'A' / Single)", {}, "a binary float cannot"),
        ("REPLY = Struct('A' / Int8ub)", {}, "RP does not begin with the header"),
    ],
)
def test_faults_of_the_declaration(tmp_path: Path, python: str, declared: dict[str, Any], text: str) -> None:
    shutil.copy(Path(__file__).parent / "messages.py", tmp_path)
    with (tmp_path / "messages.py").open("a") as file:
        file.write(f"\n{python}\n")
    declaration = TypeAdapter(Declaration).validate_python(DECLARED | declared)
    with pytest.raises(ExceptionGroup) as raised:
        load_codec(declaration, tmp_path, "hand")
    assert any(text in str(error) for error in raised.value.exceptions), raised.value.exceptions
