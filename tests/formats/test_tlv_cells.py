"""Tags and lengths, fixed and BER, and a whole system in BER."""

from pathlib import Path
from typing import Any

import pytest

from formats.errors import FormatError, Refused
from formats.testing import check_format
from formats.tlv import TlvCodec
from formats.tlv_cells import BerCells, FixedCells
from formats.tlv_file import load_tlv


@pytest.mark.parametrize(
    ("tag", "length", "data"),
    [
        (0x5A, 8, "5a08"),
        (0x9F02, 6, "9f0206"),
        (0xDF8101, 127, "df81017f"),
        (0x70, 128, "708180"),
        (0x70, 65535, "7082ffff"),
        (0x70, 65536, "7083010000"),
    ],
)
def test_ber_both_ways(tag: int, length: int, data: str) -> None:
    cells = BerCells()
    assert cells.write(tag, length).hex() == data
    assert cells.read(bytes.fromhex(data), 0) == (tag, length, len(data) // 2)
    assert cells.label(tag) == f"{tag:X}"
    assert cells.is_tag(tag)


@pytest.mark.parametrize("data", ["", "5a", "9f", "9f02", "5a82ff", "5a80", "5a8500000000", "9f8181818101"])
def test_ber_that_cannot_be_read(data: str) -> None:
    with pytest.raises(Refused):
        BerCells().read(bytes.fromhex(data), 0)


def test_numbers_that_are_no_tag() -> None:
    assert not any(map(BerCells().is_tag, (0x9F, 0x5A01, 0x9F8102FF01, -1)))
    assert not any(map(FixedCells(2, 2).is_tag, (0x10000, -1)))
    assert FixedCells(2, 2).is_tag(0xFFFF)


FILE = """
[head]
rows = [["version", 1, "version"], ["type", 1, "type"], ["id", 4, "hex"], ["flags", 1, "flags"]]
version = 1
flags = 1
[tlv]
tag_bytes = "ber"
length_bytes = "ber"
charset = "utf-8"
[fields]
seq = [0x9F36, "int"]
name = [0x50, "text"]
born = [0x51, "date"]
kind = [0x52, "code"]
[groups.cards]
tag = 0x70
fields = { number = [0x5A, "text"], sum = [0x9F02, "amount"], at = [0x9A, "time"] }
[messages]
"0x01" = ["seq", "name", "born", "kind", "cards"]
"""


@pytest.fixture
def codec(tmp_path: Path) -> TlvCodec:
    (tmp_path / "ber.toml").write_text(FILE)
    return load_tlv(tmp_path / "ber.toml", "ber", None)


def test_a_system_in_ber(codec: TlvCodec) -> None:
    fields: dict[str, Any] = {
        "type": "0x01", "id": "00000001", "flags": 0,
        "seq": 7, "name": "x" * 200, "born": "19900307", "kind": 2,
        "cards": [{"number": "62" * 40}, {}],
    }  # fmt: skip
    body = codec.build("0x01", fields)
    assert body.hex().startswith("01010000000100" + "9f3608" + "0000000000000007" + "5081c8")
    assert codec.parse(body) == codec.parse_carefully(body) == ("0x01", fields)
    assert codec.build_carefully("0x01", fields) == body
    unknown = codec.parse(body + bytes.fromhex("9f330102"))[1]["unknown"]
    assert unknown == [["9f33", "02"]]
    assert codec.build("0x01", {**fields, "unknown": unknown}) == body + bytes.fromhex("9f330102")
    check_format(codec, [body])


def test_content_without_a_field(codec: TlvCodec) -> None:
    body = codec.build("0x01", {"id": "00000001", "name": "x" * 200, "kind": 2})
    assert codec.content(body, ("id", "name")) == body.replace(b"x", b"\0").replace(
        b"\x00\x00\x00\x01", bytes(4)
    )
    assert codec.content(body[:-1] + b"\x9f", ("kind",)) == body[:-1] + b"\0"


def test_a_hostile_length(codec: TlvCodec) -> None:
    body = codec.build("0x01", {"id": "00000001"})
    for wrong in ("5084ffffffff", "5080", "9f", "50"):
        with pytest.raises(FormatError):
            codec.parse(body + bytes.fromhex(wrong))


def test_ber_is_for_both(tmp_path: Path) -> None:
    (tmp_path / "ber.toml").write_text(FILE.replace('length_bytes = "ber"', "length_bytes = 2"))
    with pytest.raises(ExceptionGroup):
        load_tlv(tmp_path / "ber.toml", "ber", None)
