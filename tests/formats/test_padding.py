"""Padding: character, side, trimming, what is blank and how it is written."""

from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.errors import DeclarationError, Refused
from formats.padding import Padded

ASCII, EBCDIC = charset("ascii"), charset("cp037")


@pytest.mark.parametrize(
    ("options", "value", "data"),
    [
        ({}, "ab", b"ab    "),
        ({"side": "left"}, "ab", b"    ab"),
        ({"pad": "0", "side": "left"}, "42", b"000042"),
        ({"pad": "_"}, "a b", b"a b___"),
        ({"clear": "-"}, "*", b"-     "),
        ({"trim": False}, "ab    ", b"ab    "),
        ({"nulls": ("low",), "write_blank": "low"}, "", bytes(6)),
        ({"nulls": ("high",), "write_blank": "high"}, "", b"\xff" * 6),
        ({"nulls": ("zeros",), "write_blank": "zeros"}, "", b"000000"),
        ({"pad": "0", "nulls": ("spaces",), "write_blank": "spaces"}, "", b"      "),
    ],
)
def test_both_ways(options: Any, value: str, data: bytes) -> None:
    scalar = Padded(6, ASCII, **options)
    assert scalar.write(value) == data
    assert scalar.read(data) == value


def test_nulls_are_blank_only_where_declared() -> None:
    assert Padded(4, ASCII).read(b"0000") == "0000"
    assert Padded(4, ASCII, nulls=("zeros",)).read(b"0000") == ""
    assert Padded(4, EBCDIC, nulls=("zeros",)).read(b"\xf0" * 4) == ""
    assert Padded(4, ASCII, nulls=("low", "high")).read(bytes(4)) == ""
    with pytest.raises(Refused, match="not ascii"):
        Padded(4, ASCII).read(b"\xff" * 4)


def test_too_long_and_no_text() -> None:
    for value in ("1234567", 7):
        with pytest.raises(Refused):
            Padded(6, ASCII).write(value)


def test_a_text_is_fitted() -> None:
    assert Padded(5, charset("gbk"), side="left").fit("园园园") == "园园"


@pytest.mark.parametrize("pad", ["", "ab", "园"])
def test_a_padding_that_cannot_be(pad: str) -> None:
    with pytest.raises(DeclarationError):
        Padded(6, charset("gbk"), pad=pad)
