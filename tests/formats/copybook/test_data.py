"""Records as nested values: views, FILLER, tables, faults; which 01 a record follows."""

from decimal import Decimal
from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.copybook.choosing import Chooser
from formats.copybook.data import RecordReader, split_counted
from formats.copybook.parse import parse_copybook
from formats.copybook.platform import platform_of
from formats.errors import DeclarationError

ASCII = platform_of(charset("ascii"))
SOURCE = """
01 R.
  05 FILLER PIC X.
  05 KEY-1 PIC X(4).
  05 KEY-2 REDEFINES KEY-1. 10 FILLER PIC XX. 10 NUM PIC 99.
  05 FILLER REDEFINES KEY-1. 10 LETTER PIC X OCCURS 4.
  05 G. 10 H. 15 AMOUNT PIC S9(3)V99. 10 FILLER PIC X.
  05 FILLER. 10 INNER PIC 9.
  05 N PIC 9.
  05 T OCCURS 1 TO 3 DEPENDING ON N. 10 U PIC 9. 10 V PIC X.
  05 FILLER OCCURS 2. 10 W PIC 9.
  05 FILLER OCCURS 2 PIC X.
  05 LAST-1 PIC X.
"""


def reader(source: str = SOURCE) -> RecordReader:
    (root,) = parse_copybook(source)
    return RecordReader(root, ASCII)


def told(
    data: bytes, source: str = SOURCE, exact: bool = True
) -> tuple[Any, list[tuple[str, int, int, str]]]:
    fields, faults = reader(source).read(data, exact=exact)
    return fields, [(f.place.label, f.place.offset, f.place.size, f.rule) for f in faults]


def test_every_view_under_its_own_name() -> None:
    assert told(b".AB121234u.72" + b"1a2b" + b"34" + b".." + b"z") == (
        {
            "KEY-1": "AB12",
            "KEY-2": {"NUM": 12},
            "LETTER": ["A", "B", "1", "2"],
            "G": {"H": {"AMOUNT": Decimal("-123.45")}},
            "INNER": 7,
            "N": 2,
            "T": [{"U": 1, "V": "a"}, {"U": 2, "V": "b"}],
            "FILLER": [{"W": 3}, {"W": 4}],
            "LAST-1": "z",
        },
        [],
    )


def test_what_cannot_be_read_is_absent_and_told() -> None:
    fields, faults = told(b".ABxx123xx.721axb3x..zYY")
    assert faults == [
        ("KEY-2.NUM", 3, 2, "not a digit"),
        ("G.H.AMOUNT", 5, 5, "not a digit"),
        ("T(2).U", 15, 1, "not a digit"),
        ("FILLER(2).W", 18, 1, "not a digit"),
        ("R", 22, 2, "bytes follow"),
    ]
    assert fields["KEY-2"] == {}
    assert fields["T"] == [{"U": 1, "V": "a"}, {"V": "b"}]
    assert "bytes follow" not in [rule for *_, rule in told(b".ABxx123xx.721axb3x..zYY", exact=False)[1]]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b".AB121234u.74", ("N", 12, 1, "over 3")),
        (b".AB121234u.70", ("N", 12, 1, "under 1")),
        (b".AB121234u.7x", ("N", 12, 1, "not a digit")),
        (b".AB121234u.721a", ("T(2).U", 15, 0, "ends early")),
    ],
)
def test_a_counter_that_cannot_be_and_a_cut_end_the_record(data: bytes, fault: Any) -> None:
    fields, faults = told(data)
    assert faults == [fault]
    assert "LAST-1" not in fields


def test_a_record_may_be_as_short_as_its_own_view() -> None:
    source = "01 R. 05 K PIC X. 05 A PIC X(2). 05 B REDEFINES A PIC X(6)."
    assert told(b"1ab", source) == ({"K": "1", "A": "ab"}, [("B", 1, 2, "ends early")])


def test_one_field_and_tables_of_fields() -> None:
    assert told(b"ab ", "01 R PIC X(3).") == ({"R": "ab"}, [])
    fields, faults = told(b"1x3", "01 R. 05 A PIC 9 OCCURS 3.")
    assert (fields, faults) == ({"A": [1, None, 3]}, [("A(2)", 1, 1, "not a digit")])


def test_slack_bytes_lie_between_the_fields() -> None:
    source = "01 R. 05 A PIC X. 05 T OCCURS 2. 10 B PIC S9(4) COMP SYNC. 10 C PIC X. 05 D PIC X."
    assert told(b"a.\0\1b.\0\2c.d", source) == (
        {"A": "a", "T": [{"B": 1, "C": "b"}, {"B": 2, "C": "c"}], "D": "d"},
        [],
    )


def test_counted_records_one_behind_the_other() -> None:
    one = reader("01 R. 05 N PIC 9. 05 T PIC X OCCURS 0 TO 5 DEPENDING ON N.")
    assert list(split_counted(b"2ab03xyz", one) or ()) == [(0, b"2ab"), (3, b"0"), (4, b"3xyz")]
    assert split_counted(b"2ab05x", one) is None


RECORDS = """
01 HEAD. 05 KIND PIC X. 88 IS-HEAD VALUE 'H'. 05 DAY-1 PIC 9(8).
01 ITEM. 05 KIND PIC X. 88 IS-ITEM VALUES 'I' 'J'. 05 AMOUNT PIC 9(3).
01 REST. 05 KIND PIC X. 05 FILLER PIC X(9).
"""


def test_the_record_is_told_by_a_field() -> None:
    roots = parse_copybook(RECORDS)
    chooser = Chooser(roots[:2], ASCII)
    assert [getattr(chooser.choose(data), "name", None) for data in (b"H", b"I", b"J", b"X", b"")] == [
        "HEAD", "ITEM", "ITEM", None, None,
    ]  # fmt: skip
    assert Chooser(roots, ASCII, "KIND").choose(b"X") is roots[2]
    given = Chooser(roots, ASCII, "KIND", {"1": "HEAD", "2": "REST"})
    assert (given.choose(b"1"), given.choose(b"2"), given.choose(b"3")) == (roots[0], roots[2], None)
    assert Chooser(roots[:1], ASCII).choose(b"?") is roots[0]


@pytest.mark.parametrize(
    ("source", "by", "values", "message"),
    [
        ("01 A. 05 K PIC X. 01 B. 05 K PIC X.", "", {}, "no field tells its records apart"),
        ("01 A. 05 K PIC X. 01 B. 05 L PIC X. 05 K PIC X.", "K", {}, "does not stand at the same place"),
        ("01 A. 05 K PIC X. 01 B. 05 L PIC X.", "K", {}, "B has no field K"),
        ("01 A. 05 K PIC X. 01 B. 05 K PIC X.", "K", {}, "K has no values in two records"),
        ("01 A. 05 K PIC X VALUE '1'. 01 B. 05 K PIC X VALUE '1'.", "K", {}, "K '1' means two records"),
        ("01 A. 05 K PIC X. 01 B. 05 K PIC X.", "K", {"1": "C"}, "there is no record C: there are A, B"),
    ],
)
def test_records_that_cannot_be_told_apart(
    source: str, by: str, values: dict[str, str], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        Chooser(parse_copybook(source), ASCII, by, values)
