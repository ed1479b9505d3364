"""A copybook as a message: groups, selected views, slack, counters; the same as a table in TOML."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.copybook.layout import Dialect, Selector, layout_of
from formats.copybook.parse import parse_copybook
from formats.copybook.platform import platform_of
from formats.copybook.to_toml import to_toml
from formats.errors import DeclarationError, FormatError
from formats.layout import Layout, check_layout
from formats.records import RecordCodec
from formats.table import TableFile, table_layouts
from formats.testing import check_cut, check_damage, check_message

MAINFRAME = platform_of(charset("cp037"))
SOURCE = """
01 R.
  05 T-1 PIC X(4).
  05 KIND PIC X.
  05 N-2 PIC 9.
  05 HOME. 10 LINE-1 PIC X(5). 10 ZIP PIC 9(3).
  05 WORK. 10 LINE-2 PIC X(5). 10 SYNCED PIC S9(9) COMP SYNC.
  05 P-A PIC X(6).
  05 P-B REDEFINES P-A. 10 B-1 PIC S9(3) COMP-3. 10 B-2 PIC S9(4).
  05 FILLER REDEFINES P-A. 10 C-1 PIC 9(5).
  05 FILLER PIC XX.
  05 LIST OCCURS 0 TO 3 DEPENDING ON N-2.
     10 U PIC S9(2)V9 SIGN LEADING SEPARATE. 10 M PIC 9. 10 V OCCURS 0 TO 2 DEPENDING ON M PIC X.
  05 F-1 COMP-1. 05 F-2 COMP-2. 05 NAT PIC N(2). 05 DBL PIC G(2). 05 BIN PIC 9(3)V9 COMP-5.
  05 SIX PIC 9(3) COMP-6. 05 PTR POINTER. 05 UP PIC 9(2)PP. 05 DOWN PIC SVP9(2). 05 IX INDEX.
"""


def codec(layout: Layout) -> RecordCodec:
    check_layout(layout, "R")
    return RecordCodec("cobol", layout[:1], "T-1", {"TEST": layout}, b"\x40")


def root() -> Any:
    return parse_copybook(SOURCE)[0]


FIELDS: dict[str, Any] = {
    "LINE-1": "ABC", "ZIP": 7, "LINE-2": "", "SYNCED": -2, "LIST": [
        {"U": "-1.5", "V": [{"V": "x"}]}, {"U": 2, "V": []},
    ],
    "F-1": "0.1", "F-2": "-12.25", "NAT": "中", "DBL": "文", "BIN": "12.5", "SIX": 123, "PTR": "00000001",
    "UP": 1200, "DOWN": "-0.012", "IX": 3,
}  # fmt: skip


def test_groups_dissolve_unless_they_are_named() -> None:
    flat = codec(layout_of(root(), Dialect(MAINFRAME)))
    body = flat.build("TEST", {**FIELDS, "KIND": "A", "P-A": "abc"})
    type, fields = flat.parse(body)
    assert (fields["LINE-1"], fields["P-A"], len(fields["LIST"])) == ("ABC", "abc", 2)
    assert flat.build(type, fields) == body
    kept = codec(layout_of(root(), Dialect(MAINFRAME, groups=["HOME"])))
    assert kept.parse(body)[1]["HOME"] == {"LINE-1": "ABC", "ZIP": 7}
    assert kept.build("TEST", kept.parse(body)[1]) == body


def test_a_selector_says_which_view_counts() -> None:
    when = {"P-A": ("A",), "P-B": ("B", "C"), "P-A-3": ()}
    one = codec(layout_of(root(), Dialect(MAINFRAME, selectors={"P-A": Selector("KIND", when)})))
    for kind, view in (
        ("A", {"P-A": "abc"}),
        ("C", {"P-B": {"B-1": -12, "B-2": 7}}),
        ("?", {"P-A-3": {"C-1": 5}}),
    ):
        body = one.build("TEST", {**FIELDS, "KIND": kind, **view})
        fields = one.parse(body)[1]
        assert {name: fields[name] for name in ("P-A", "P-B", "P-A-3") if name in fields} == view
        check_message(one, body)
        check_cut(one, body)
        check_damage(one, body)


@cache
def copybook() -> RecordCodec:
    return codec(layout_of(root(), Dialect(MAINFRAME)))


@cache
def table() -> RecordCodec:
    file = TableFile.model_validate(tomllib.loads(to_toml([root()], MAINFRAME)))
    _, found = table_layouts(file, Path("r.toml"), "", charset("cp037"), "HOME")
    return codec(found["R"])


def test_as_a_table_it_says_the_same() -> None:
    ours, theirs = copybook(), table()
    body = ours.build("TEST", {**FIELDS, "KIND": "A", "P-A": "abc"})
    assert theirs.parse(body) == ours.parse(body)
    assert theirs.build("TEST", ours.parse(body)[1]) == body
    assert list(theirs.paths("TEST")) == list(ours.paths("TEST"))


@settings(deadline=None)
@given(st.data())
def test_as_a_table_it_says_the_same_of_any_bytes(data: st.DataObject) -> None:
    ours, theirs = copybook(), table()
    body = bytearray(ours.build("TEST", {**FIELDS, "KIND": "A", "P-A": "abc"}))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(4, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(theirs, bytes(body)) == outcome(ours, bytes(body))


def outcome(one: RecordCodec, body: bytes) -> Any:
    try:
        return one.parse(body)
    except FormatError as error:
        return [fault.text() for fault in error.faults], error.fields


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("01 R. 05 A PIC 9(3) NATIONAL.", "A: digits in UTF-16 are no row of a table"),
        ("01 R. 05 FILLER OCCURS 2. 10 A PIC X.", "FILLER: a table without a name"),
    ],
)
def test_what_a_table_cannot_say(source: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        to_toml(parse_copybook(source), MAINFRAME)


def test_a_date_must_look_like_one() -> None:
    (root,) = parse_copybook("01 R. 05 A PIC S9(8).")
    with pytest.raises(DeclarationError, match=r"A: a date is 9\(8\)"):
        layout_of(root, Dialect(MAINFRAME, kinds={"A": "date"}))
