"""The annotated dump: every byte in its order, nothing sensitive, faults beside what could be read."""

from collections.abc import Iterator
from typing import Any

from formats.codec import Codec, Path
from formats.dump import MASK, Line, Message, dump, findings, hex_of, leaves
from formats.errors import FormatError
from formats.samples import example


def read(codec: Codec, body: bytes) -> Message:
    try:
        type, fields = codec.parse(body)
    except FormatError as error:
        return Message(body, error.type, error.fields, error.faults)
    return Message(body, type, fields)


def everything(path: Path) -> bool:
    return True


def nothing(path: Path) -> bool:
    return False


def examples(codec: Codec) -> Iterator[bytes]:
    for type in codec.types:
        body = example(codec, type)
        yield body
        yield body[: len(body) * 2 // 3]
        yield body[:-20] + b"\xff" * 20


def test_every_byte_stands_in_a_line(system: Any) -> None:
    for body in examples(system.codec):
        at = 0
        for line in dump(system.codec, read(system.codec, body), everything):
            assert line.offset <= at, line
            assert bytes.fromhex(line.hex) == body[line.offset : line.offset + line.size]
            at = max(at, line.offset + line.size)
        assert at == len(body)


def test_masked_nothing_can_be_read(system: Any) -> None:
    for body in examples(system.codec):
        for line in dump(system.codec, read(system.codec, body), nothing):
            assert line.value in ("", MASK)
            assert not set(line.hex) & set("0123456789abcdef") - set(hex_of(bytes(line.size), shown=False))


def test_a_fault_has_place_rule_and_masked_bytes_beside_the_fields_read(core: Any) -> None:
    body = bytearray(core.body("core 1."))
    body[142], body[338] = 0x40, 0xAA
    message = read(core.codec, bytes(body))
    assert list(findings(core.codec, message, nothing)) == [
        Line(142, 8, "CUST-BIRTH-OR-FOUNDED", " ".join(["**"] * 8), rule="not a digit"),
        Line(338, 8, "ACCT(1).ACCT-BALANCE", " ".join(["**"] * 8), rule="not a digit"),
    ]
    lines = {line.label: line for line in dump(core.codec, message, nothing)}
    assert lines["CUST-NAME"].size == 62
    assert lines["ACCT(2).ACCT-NO"].offset == 355
    assert lines["ACCT(1).ACCT-BALANCE"].rule == "not a digit"


def test_a_fault_of_a_harmless_field_shows_its_bytes(core: Any) -> None:
    body = bytearray(core.body("core 1."))
    body[142], body[338] = 0x40, 0xAA
    message = read(core.codec, bytes(body))
    harmless = {("ACCT", "ACCT-BALANCE")}
    found = {line.label: line.hex for line in findings(core.codec, message, harmless.__contains__)}
    assert found["ACCT(1).ACCT-BALANCE"] == bytes(body[338:346]).hex(" ")
    assert "40" not in found["CUST-BIRTH-OR-FOUNDED"]


def test_tags_have_their_names(ebank: Any) -> None:
    body = ebank.body("ebank 1.")
    labels = [line.label for line in dump(ebank.codec, read(ebank.codec, body), everything)]
    assert "0001 system" in labels


def test_masked_bytes_tell_how_many_they_are() -> None:
    assert hex_of(b"", shown=False) == ""
    assert hex_of(b"ab", shown=False) == "** **"
    assert hex_of(bytes(100), shown=False) == " ".join(["**"] * 12) + " … 100 bytes"


def test_leaves() -> None:
    fields = {"A": [{"B": 1, "C": None}], "G": {"D": ""}, "unknown": [["00", "ff"]]}
    assert list(leaves(fields)) == [(("A", 0, "B"), 1), (("G", "D"), "")]
