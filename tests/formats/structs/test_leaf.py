"""Scalars as leaves of hand-written structs, by themselves and as a message."""

from decimal import Decimal

import construct as c
import pytest

from formats.charsets.charset import charset
from formats.dates import PatternDate
from formats.errors import DeclarationError, Refused
from formats.floating import IbmFloat
from formats.numerals import Bcd, Packed
from formats.scalars import Amount, FreeText, Text
from formats.structs.codec import StructCodec
from formats.structs.leaf import Leaf

EBCDIC = charset("cp037")
ACCOUNT = c.Struct(
    "NAME" / Leaf(Text(6, EBCDIC, low=True)),
    "BALANCE" / Leaf(Amount(Packed(5, signed=True), 2)),
    "OPENED" / Leaf(PatternDate("DDMMYY", Bcd(6))),
    "RATE" / Leaf(IbmFloat(4)),
)
FIELDS = {"NAME": "LI", "BALANCE": Decimal("-1.05"), "OPENED": "20260105", "RATE": Decimal("-118.625")}
BODY = "LI    ".encode("cp037") + bytes.fromhex("00105d 050126 c276a000")


def test_both_ways_and_the_size() -> None:
    assert dict(ACCOUNT.parse(BODY), _io=None) == {**FIELDS, "_io": None}
    assert ACCOUNT.build(FIELDS) == BODY
    assert ACCOUNT.sizeof() == len(BODY)
    assert ACCOUNT.build({"OPENED": "", "RATE": 0})[:9] == b"\x40" * 9


def test_errors_have_a_path_and_a_rule_and_no_value() -> None:
    with pytest.raises(c.ConstructError) as raised:
        ACCOUNT.parse(BODY.replace(b"\x00\x10\x5d", b"\x00\x10\x5e"))
    assert isinstance(raised.value, Refused)
    assert str(raised.value) == "(parsing) -> BALANCE: bad sign nibble"
    with pytest.raises(c.ConstructError, match="over 6 bytes"):
        ACCOUNT.build({**FIELDS, "NAME": "LI XIAOMING"})


def test_a_message_knows_the_scalars_and_names_all_faults() -> None:
    struct = c.Struct("TYPE" / Leaf(Text(2, charset("ascii"))), *ACCOUNT.subcons)
    codec = StructCodec("try", c.Struct(struct.subcons[0]), "TYPE", {"AC": struct})
    assert codec.parse(b"AC" + BODY)[1] == {"TYPE": "AC", **FIELDS}
    assert codec.build("AC", FIELDS) == b"AC" + BODY
    assert [fact.scalar.kind for fact in codec.facts("AC") if fact.scalar] == [
        "text",
        "text",
        "amount",
        "date",
        "amount",
    ]


def test_a_scalar_without_a_size_is_no_leaf() -> None:
    with pytest.raises(DeclarationError):
        Leaf(FreeText(EBCDIC))
