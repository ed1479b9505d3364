"""Dates by pattern: tokens, centuries, the calendar, blanks and the clear mark."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.dates import Characters, PatternDate
from formats.errors import DeclarationError, Refused
from formats.numerals import Bcd, Binary, Display, Packed

ASCII, EBCDIC = charset("ascii"), charset("cp037")


@pytest.mark.parametrize(
    ("pattern", "digits", "data", "value"),
    [
        ("YYYYMMDD", Display(8, ASCII), b"20260105", "20260105"),
        ("DDMMYY", Display(6, ASCII), b"050126", "20260105"),
        ("DDMMYY", Display(6, ASCII), b"050150", "19500105"),
        ("YYDDD", Display(5, EBCDIC), b"\xf2\xf4\xf3\xf6\xf6", "20241231"),
        ("CYYMMDD", Packed(7, signed=False), bytes.fromhex("1260105f"), "20260105"),
        ("CYYDDD", Packed(7, signed=False), bytes.fromhex("0126005f"), "20260105"),
        ("CYYMMDD", Packed(7, signed=False), bytes.fromhex("0991231f"), "19991231"),
        ("YYMMDD", Bcd(6), bytes.fromhex("000229"), "20000229"),
        ("YYYYMMDD", Binary(4, 8), (20260105).to_bytes(4), "20260105"),
        ("YYMMDD", Binary(4, 6), (10203).to_bytes(4), "20010203"),
        ("DD-MMM-YYYY", Characters(11, ASCII), b"05-JAN-2026", "20260105"),
        ("DD.MM.YYYY", Characters(12, EBCDIC), "05.01.2026  ".encode("cp037"), "20260105"),
        ("YYYY-MM-DD hh:mm:ss", Characters(19, ASCII), b"2026-01-05 09:30:00", "20260105093000"),
        ("YYMMDDhhmmss", Bcd(12), bytes.fromhex("260105093000"), "20260105093000"),
        ("YYYYMMDD", Display(8, ASCII), b"99999999", "99999999"),
        ("DDMMYY", Display(6, ASCII), b"999999", "99999999"),
        ("DDMMYY", Display(6, ASCII), b"000000", ""),
        ("DD.MM.YYYY", Characters(10, ASCII), b"          ", ""),
    ],
)
def test_both_ways(pattern: str, digits: Any, data: bytes, value: str) -> None:
    scalar = PatternDate(pattern, digits)
    assert scalar.read(data) == value
    assert scalar.write(value) == data


def test_blanks_are_read_and_written_as_declared() -> None:
    scalar = PatternDate("DDMMYY", Display(6, ASCII), blank="blanks")
    assert [scalar.read(b"      "), scalar.read(b"000000")] == ["", ""]
    assert scalar.write("") == scalar.write(None) == b"      "


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        ("DDMMYY", b"310226"),
        ("DDMMYY", b"011326"),
        ("DDMMYY", b"05 126"),
        ("YYDDD", b"23366"),
        ("YYDDD", b"24000"),
        ("YYMMDDhhmmss", b"260105240000"),
        ("DD-MMM-YY", b"05-Jan-26"),
        ("DD-MMM-YY", b"5-JAN-2026"),
    ],
)
def test_what_is_no_date(pattern: str, data: bytes) -> None:
    digits = Display(len(pattern), ASCII) if pattern.isalnum() else Characters(len(data), ASCII)
    with pytest.raises(Refused):
        PatternDate(pattern, digits).read(data)


@pytest.mark.parametrize(
    "value", ["20260230", "2026010", "2026-1-1", 20260105, "19490101", "20500101", "٢٠٢٦٠١٠٥"]
)
def test_what_cannot_be_written(value: Any) -> None:
    with pytest.raises(Refused):
        PatternDate("DDMMYY", Display(6, ASCII)).write(value)


@given(st.dates())
def test_every_day_comes_back(day: Any) -> None:
    value = f"{day.year:04}{day.month:02}{day.day:02}"
    for pattern in ("YYYYMMDD", "DDMMYYYY", "YYYYDDD"):
        scalar = PatternDate(pattern, Display(len(pattern), ASCII))
        assert scalar.read(scalar.write(value)) == value


@pytest.mark.parametrize("pattern", ["YYMM", "YYYYYYMMDD", "MMDD", "YYYYMMDDhh", "CYYYYMMDD", "YYMMDDDD"])
def test_patterns_that_are_no_date(pattern: str) -> None:
    with pytest.raises(DeclarationError):
        PatternDate(pattern, Display(len(pattern), ASCII))
