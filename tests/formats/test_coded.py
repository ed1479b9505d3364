"""Code tables over any scalar, flags by name."""

from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.coded import Coded, Flags
from formats.errors import DeclarationError, Refused
from formats.numerals import Packed
from formats.scalars import Number, Text

ASCII = charset("ascii")


def test_codes_both_ways() -> None:
    sex = Coded(Text(1, ASCII), {"1": "male", "2": "female", "M": "male"})
    assert [sex.read(data) for data in (b"1", b"M", b"2", b" ", b"*")] == ["male", "male", "female", "", "*"]
    assert [sex.write(value) for value in ("male", "female", "", None, "*")] == [b"1", b"2", b" ", b" ", b"*"]
    assert sex.values == ("male", "female")
    packed = Coded(Number(Packed(3, signed=False)), {7: "seven"})
    assert packed.read(packed.write("seven")) == "seven"
    for wrong in (b"3", b"\xff"):
        with pytest.raises(Refused):
            sex.read(wrong)
    for value in ("other", 1, ["male"]):
        with pytest.raises((Refused, TypeError)):
            sex.write(value)


def test_a_code_that_the_field_cannot_hold() -> None:
    with pytest.raises(DeclarationError, match="cannot hold the code 'AB'"):
        Coded(Text(1, ASCII), {"AB": "both"})


def test_flags_both_ways() -> None:
    flags = Flags(2, ("frozen", "", "vip", "staff"))
    assert flags.read(b"\x90\x00") == "frozen,staff"
    assert flags.write("staff,frozen") == b"\x90\x00"
    assert flags.read(bytes(2)) == ""
    assert flags.write(None) == flags.write("") == bytes(2)


@pytest.mark.parametrize("data", [b"\x40\x00", b"\x00\x01"])
def test_a_bit_without_a_name(data: bytes) -> None:
    with pytest.raises(Refused, match="unknown flag"):
        Flags(2, ("frozen", "", "vip", "staff")).read(data)


@pytest.mark.parametrize("value", ["other", "vip,vip", "vip,", 3])
def test_flags_that_cannot_be_written(value: Any) -> None:
    with pytest.raises(Refused):
        Flags(1, ("frozen", "vip")).write(value)


@pytest.mark.parametrize("names", [("a", "a"), ("a,b",), ("x",) * 9])
def test_names_that_cannot_be(names: Any) -> None:
    with pytest.raises(DeclarationError):
        Flags(1, names)
