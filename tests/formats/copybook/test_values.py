"""Bytes of every usage as IBM publishes them: Enterprise COBOL Programming Guide, on numeric data."""

from decimal import Decimal
from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.copybook.parse import parse_copybook
from formats.copybook.platform import platform_of
from formats.copybook.values import reader_of, scalar_of
from formats.errors import Refused

MAINFRAME = platform_of(charset("cp037"))
RELAXED = platform_of(charset("cp037"), strict=False)
PUBLISHED = [
    ("PIC S9999", 1234, "F1F2F3C4"),
    ("PIC S9999", -1234, "F1F2F3D4"),
    ("PIC 9999", 1234, "F1F2F3F4"),
    ("PIC 9999 USAGE NATIONAL", 1234, "0031003200330034"),
    ("PIC S9999 SIGN LEADING", 1234, "C1F2F3F4"),
    ("PIC S9999 SIGN LEADING", -1234, "D1F2F3F4"),
    ("PIC S9999 SIGN LEADING SEPARATE", 1234, "4EF1F2F3F4"),
    ("PIC S9999 SIGN LEADING SEPARATE", -1234, "60F1F2F3F4"),
    ("PIC S9999 SIGN TRAILING SEPARATE", 1234, "F1F2F3F44E"),
    ("PIC S9999 SIGN TRAILING SEPARATE", -1234, "F1F2F3F460"),
    ("PIC S9999 NATIONAL SIGN LEADING SEPARATE", -1234, "002D0031003200330034"),
    ("PIC S9999 NATIONAL SIGN TRAILING SEPARATE", 1234, "0031003200330034002B"),
    ("PIC S9999 BINARY", 1234, "04D2"),
    ("PIC S9999 COMP", -1234, "FB2E"),
    ("PIC 9999 COMP-4", 1234, "04D2"),
    ("PIC S9999 COMP-5", 12345, "3039"),
    ("PIC S9999 COMP-5", -12345, "CFC7"),
    ("PIC 9999 COMP-5", 60000, "EA60"),
    ("PIC S9999 PACKED-DECIMAL", 1234, "01234C"),
    ("PIC S9999 COMP-3", -1234, "01234D"),
    ("PIC 9999 COMP-3", 1234, "01234F"),
    ("COMP-1", Decimal(1234), "434D2000"),
    ("COMP-1", Decimal(-1234), "C34D2000"),
    ("COMP-2", Decimal(1234), "434D200000000000"),
    ("COMP-2", Decimal(-1234), "C34D200000000000"),
    ("PIC +9(2).9(2)E+99", "+12.34E+02", "4EF1F24BF3F4C54EF0F2"),
    ("PIC S9(3)PPP", 123000, "F1F2C3"),
    ("PIC SVPP99", Decimal("-0.0012"), "F1D2"),
    ("PIC N(4)", "中文", "4E2D658700200020"),
    ("PIC ZZ9.99-", "  1.50-", "4040F14BF5F060"),
    ("PIC X(5)", "AB", "C1C2404040"),
]


def one(clauses: str, platform: Any = MAINFRAME) -> Any:
    (root,) = parse_copybook(f"01 A {clauses}.")
    return root, scalar_of(root, platform)


@pytest.mark.parametrize(("clauses", "value", "data"), PUBLISHED)
def test_published_representations(clauses: str, value: Any, data: str) -> None:
    item, scalar = one(clauses)
    found = reader_of(item, MAINFRAME)(bytes.fromhex(data))
    assert found == value
    assert type(found) is type(value)
    assert scalar.write(value) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("clauses", "data", "rule", "relaxed"),
    [
        ("PIC 9(3)", "404040", "blank", 0),
        ("PIC S9(3)", "000000", "blank", 0),
        ("PIC S9(3)V99 COMP-3", "404040", "blank", Decimal("0.00")),
        ("PIC S9(3) COMP-3", "0000", "blank", 0),
        ("PIC S9(3) COMP-3", "123E", "bad sign nibble", 123),
        ("PIC S9(3) COMP-3", "123B", "bad sign nibble", -123),
        ("PIC S9(3) COMP-3", "1230", "bad sign nibble", 123),
        ("PIC 9(3) COMP-3", "123D", "sign nibble D unsigned", 123),
        ("PIC S9(4) COMP-3", "91234C", "pad nibble not 0", 1234),
        ("PIC S9(3)", "F1F2A3", "not a digit", 123),
        ("PIC S9(3)", "F1F2B3", "not a digit", -123),
        ("PIC 9(3)", "F1F2D3", "not a digit", 123),
        ("PIC 9(3)", "F1C2F3", "not a digit", None),
        ("PIC S9(3) COMP-3", "1A3C", "not a digit", None),
        ("PIC 9(3) COMP", "03E8", "over 3 digits", 1000),
        ("PIC 9(3) BLANK WHEN ZERO", "404040", "", 0),
        ("PIC 9(3) COMP-6", "1123", "pad nibble not 0", None),
    ],
)
def test_strict_and_relaxed(clauses: str, data: str, rule: str, relaxed: Any) -> None:
    item, _ = one(clauses)
    strict = reader_of(item, MAINFRAME)
    if rule:
        with pytest.raises(Refused) as raised:
            strict(bytes.fromhex(data))
        assert raised.value.rule == rule
    else:
        assert strict(bytes.fromhex(data)) == relaxed
    lenient = reader_of(item, RELAXED)
    if relaxed is None:
        with pytest.raises(Refused):
            lenient(bytes.fromhex(data))
    else:
        assert lenient(bytes.fromhex(data)) == relaxed


def test_double_byte_characters_stand_without_shifts() -> None:
    item, scalar = one("PIC G(4) DISPLAY-1")
    data = charset("cp935").encode("中文")[1:-1] + b"\x40\x40" * 2
    assert scalar.read(data) == "中文"
    assert scalar.write("中文") == data
    assert scalar.write("") == b"\x40" * 8
    with pytest.raises(Refused, match="character not in cp935"):
        scalar.write("A")
    with pytest.raises(Refused, match="over 8 bytes"):
        scalar.write("中文中文中")
    assert item.size == 8


def test_what_is_no_multiple_cannot_be_written() -> None:
    _, scalar = one("PIC 9(3)PPP")
    with pytest.raises(Refused, match="not a multiple of 1000"):
        scalar.write(1500)
    with pytest.raises(Refused, match="over 3 digits"):
        scalar.write(1_000_000)
