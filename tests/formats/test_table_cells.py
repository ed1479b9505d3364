"""Everything a row of a fixed-width table can say, from the TOML file to the bytes."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.errors import DeclarationError, FormatError
from formats.interpreting.interpreter import Interpreter
from formats.records import RecordCodec
from formats.table import TableFile, table_layouts
from formats.table_cells import CellRow, scalar_of
from formats.testing import check_format

ASCII = charset("ascii")

CELLS: list[tuple[dict[str, Any], Any, bytes]] = [
    ({"width": 4, "type": "text", "pad": "_", "side": "left"}, "ab", b"__ab"),
    ({"width": 2, "type": "code", "values": {"01": "home", "02": "work"}}, "work", b"02"),
    ({"width": 3, "type": "text", "nulls": ["low"], "write_blank": "low"}, "", bytes(3)),
    ({"width": 4, "type": "digits", "sign": "leading"}, -12, b"-012"),
    ({"width": 4, "type": "digits", "sign": "overpunched"}, -12, b"001K"),
    ({"width": 6, "type": "amount", "sign": "none", "decimals": 3}, Decimal("1.005"), b"001005"),
    ({"width": 6, "type": "date", "pattern": "DDMMYY"}, "20260105", b"050126"),
    ({"width": 11, "type": "date", "pattern": "DD-MMM-YYYY"}, "20260105", b"05-JAN-2026"),
    ({"width": 4, "type": "date", "pattern": "CYYMMDD", "as": "packed"}, "20260105", b"\x12\x60\x10\x5f"),
    (
        {"width": 6, "type": "time", "pattern": "YYMMDDhhmmss", "as": "bcd"},
        "20260105093000",
        b"\x26\x01\x05\x09\x30\x00",
    ),
    ({"width": 3, "type": "zoned", "signed": True}, -12, b"01r"),
    ({"width": 3, "type": "packed", "signed": True, "decimals": 2}, Decimal("-1.05"), b"\x00\x10\x5d"),
    ({"width": 2, "type": "packed", "relaxed": True}, 12, b"\x01\x2f"),
    ({"width": 2, "type": "binary", "order": "little"}, 258, b"\x02\x01"),
    ({"width": 2, "type": "binary", "signed": True, "digits": 4}, -2, b"\xff\xfe"),
    ({"width": 1, "type": "binary", "values": {"1": "male", "2": "female"}}, "female", b"\x02"),
    ({"width": 2, "type": "bcd"}, 1234, b"\x12\x34"),
    ({"width": 8, "type": "float"}, Decimal("0.1"), bytes.fromhex("3fb999999999999a")),
    ({"width": 4, "type": "float", "hexadecimal": True}, Decimal("-118.625"), bytes.fromhex("c276a000")),
    (
        {"width": 4, "type": "zoned", "signed": True, "sign": "leading", "decimals": 1},
        Decimal("-1.2"),
        b"-012",
    ),
    ({"width": 3, "type": "zoned", "signed": True, "sign": "leading_overpunched"}, -12, b"p12"),
    ({"width": 3, "type": "packed", "digits": 4, "signed": True}, 1234, b"\x01\x23\x4c"),
    ({"width": 2, "type": "packed", "decimals": -3}, 12000, b"\x01\x2f"),
    ({"width": 3, "type": "binary", "digits": 6}, 258, b"\x00\x01\x02"),
    ({"width": 2, "type": "bcd", "digits": 3}, 123, b"\x01\x23"),
    (
        {"width": 8, "type": "decimal_float", "order": "little"},
        Decimal("-12.34"),
        bytes.fromhex("d2040000000080b1"),
    ),
    ({"width": 6, "type": "wide"}, "中文", "中文 ".encode("utf-16-be")),
    ({"width": 6, "type": "graphic", "charset": "gbk"}, "中文", "中文".encode("gbk") + b"  "),
    ({"width": 2, "type": "hex"}, "ca01", b"\xca\x01"),
    ({"width": 1, "type": "flags", "bits": ["frozen", "", "vip"]}, "frozen,vip", b"\xa0"),
]


@pytest.mark.parametrize(("row", "value", "data"), CELLS)
def test_both_ways(row: dict[str, Any], value: Any, data: bytes) -> None:
    scalar = scalar_of(CellRow.model_validate({"field": "F", **row}), charset(row.get("charset", "ascii")))
    assert scalar.size == len(data)
    assert scalar.write(value) == data
    assert scalar.read(data) == value


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"width": 3, "type": "packed", "pad": "0"}, "F: pad is nothing of a packed"),
        ({"width": 9, "type": "binary"}, "F: a binary is 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 wide"),
        ({"width": 3, "type": "packed", "digits": 3}, "F: a packed is 2 wide"),
        ({"width": 3, "type": "wide"}, "F: a wide has two bytes a character"),
        ({"width": 4, "type": "graphic"}, "charset ascii has no double-byte characters"),
        ({"width": 7, "type": "date"}, "F: a date is 8 wide"),
        ({"width": 6, "type": "date", "pattern": "MMDD"}, "'MMDD' is not one date"),
    ],
)
def test_rows_that_cannot_be(row: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        scalar_of(CellRow.model_validate({"field": "F", **row}), ASCII)


FILE = """
[tables.HEAD]
rows = [["TYPE", 2, "text"], { group = "ID", of = "ID" }]
[tables.ID]
rows = [["SYSTEM", 3, "text"], { field = "NO", width = 4, type = "packed" }, ["ENTRIES", 1, "digits"]]
[tables.PERSON]
rows = [{ field = "BORN", width = 6, type = "date", pattern = "DDMMYY" }]
[tables.COMPANY]
rows = [["REGISTERED_IN", 9, "text"]]
[tables.PHONE]
rows = [["NUMBER", 5, "text"]]
[tables.RATE]
rows = [{ field = "R", width = 2, type = "bcd", decimals = 2 }]
[records.R1]
rows = [
    "@HEAD",
    ["KIND", 1, "code"],
    { views = { PERSON = ["P"], COMPANY = [] }, by = "KIND" },
    { list = "PHONES", of = "PHONE", by = "ID.ENTRIES", max = 3 },
    { list = "RATES", of = "RATE", max = 2 },
]
"""


@pytest.fixture(scope="module")
def codec() -> RecordCodec:
    file = TableFile.model_validate(tomllib.loads(FILE))
    head, records = table_layouts(file, Path("try.toml"), FILE, ASCII, "HEAD")
    return RecordCodec("try", head, "TYPE", records, ASCII.blank)


BODY = b"R1abc\x00\x00\x12\x3f2P050126   1    2    \x01\x05\x12\x34"


def test_groups_views_and_counts_anywhere_before(codec: RecordCodec) -> None:
    fields = codec.parse(BODY)[1]
    assert fields == {
        "TYPE": "R1",
        "ID": {"SYSTEM": "abc", "NO": 123},
        "KIND": "P",
        "PERSON": {"BORN": "20260105"},
        "PHONES": [{"NUMBER": "1"}, {"NUMBER": "2"}],
        "RATES": [{"R": Decimal("1.05")}, {"R": Decimal("12.34")}],
    }
    assert codec.build("R1", fields) == BODY
    assert Interpreter(codec.layout("R1"), b" ").parse(BODY) == (fields, [])
    other = codec.parse(BODY.replace(b"P050126   ", b"OSOMEWHERE"))[1]
    assert other["COMPANY"] == {"REGISTERED_IN": "SOMEWHERE"}
    with pytest.raises(FormatError) as raised:
        codec.parse(BODY.replace(b"P05", b"P39"))
    assert [fault.text() for fault in raised.value.faults] == ["PERSON.BORN@11 impossible date"]


def test_the_kit_finds_nothing(codec: RecordCodec) -> None:
    check_format(codec, [BODY])
