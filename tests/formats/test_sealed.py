"""A seal behind messages of families that have no place for one."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from formats.declare import Declaration, load_codec
from formats.errors import FaultKind, FormatError
from formats.sealed import SealedCodec
from formats.seals import SealDeclaration, load_seal
from formats.testing import check_format

SYSTEMS = Path(__file__).parents[2] / "conf" / "systems"
SEALS: dict[str, dict[str, Any]] = {
    "crc-32": {"kind": "crc-32"},
    "x9.19": {"kind": "x9.19", "key": "0123456789abcdeffedcba9876543210", "form": "hex"},
    "cmac-sm4": {"kind": "cmac-sm4", "key": "11" * 16},
}
LOAN = {
    "family": "table", "charset": "gb18030-2022", "tables": "loan.toml", "header": "HEADER",
    "type_field": "TYPE",
}  # fmt: skip


@cache
def sealed(kind: str = "crc-32") -> Any:
    seal = load_seal(TypeAdapter(SealDeclaration).validate_python(SEALS[kind]))
    return load_codec(TypeAdapter(Declaration).validate_python(LOAN), SYSTEMS / "loan", "loan", seal)


def test_the_kit_passes(loan: Any) -> None:
    codec = sealed("x9.19")
    assert isinstance(codec, SealedCodec)
    type, fields = loan.codec.parse(loan.body("loan 1."))
    check_format(codec, [codec.build(type, fields)])


@pytest.mark.parametrize("kind", SEALS)
def test_every_seal_fits_behind(kind: str, loan: Any) -> None:
    type, fields = loan.codec.parse(loan.body("loan 1."))
    assert sealed(kind).parse(sealed(kind).build(type, fields)) == (type, fields)


def test_the_message_is_as_without_a_seal(loan: Any) -> None:
    codec, body = sealed(), loan.body("loan 1.")
    type, fields = loan.codec.parse(body)
    assert codec.build(type, fields)[:-4] == body
    assert codec.parse(codec.build(type, fields)) == (type, fields)
    assert codec.place(body + bytes(4), ("NAME",)) == loan.codec.place(body, ("NAME",))
    assert codec.content(body + b"abcd", ["SENT_AT"]) == codec.content(body + b"wxyz", ["SENT_AT"])
    assert codec.largest == loan.codec.largest + 4
    assert codec.peek(body + bytes(4)) == loan.codec.peek(body)
    assert codec.paths(type) == loan.codec.paths(type)


@settings(deadline=None)  # the first example reads the layouts
@given(at=st.integers(0, 200), bit=st.integers(0, 7))
def test_a_changed_bit_is_a_fault_of_the_seal(at: int, bit: int) -> None:
    codec = sealed()
    body = bytearray(codec.build("LN30", {"SERIAL": "1", "SENT_AT": "20260105093000", "NAME": "李"}))
    body[at % len(body)] ^= 1 << bit
    with pytest.raises(FormatError) as raised:
        codec.parse(bytes(body))
    assert raised.value.kind is FaultKind.SEAL
    assert raised.value.faults[0].text() == f"MAC@{len(body) - 4} wrong"
    assert raised.value.fields == {}


@pytest.mark.parametrize("size", [0, 3])
def test_less_than_a_seal_ends_early(size: int) -> None:
    with pytest.raises(FormatError, match="MAC@0 ends early"):
        sealed().parse(bytes(size))
