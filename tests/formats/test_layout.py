"""Layouts: names once, counts before their lists, lengths from counts."""

import pytest

from formats.charsets.charset import charset
from formats.errors import DeclarationError
from formats.layout import Field, Layout, Repeat, check_layout, fields_of
from formats.numerals import Display
from formats.scalars import Number, Text


def text(name: str) -> Field:
    return Field(name, Text(3, charset("ascii")))


def count(name: str) -> Field:
    return Field(name, Number(Display(2, charset("ascii"))))


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ((text("A"), text("A")), "R: A stands twice"),
        ((text("_io"),), "R: '_io' is no field name"),
        ((Repeat("L", (text("A"),), 0, 3, "N"),), "R: no N before L"),
        ((Repeat("L", (text("A"),), 0, 3, "N"), count("N")), "R: no N before L"),
        ((text("N"), Repeat("L", (text("A"),), 0, 3, "N")), "R: N is not a number"),
        ((count("N"), Repeat("L", (text("A"),), 4, 3, "N")), "R: L repeats 4 to 3"),
        ((Repeat("L", (), 0, 0),), "R: L repeats 0 to 0"),
        ((Repeat("L", (text("A"), text("A")), 2, 2),), "R.L: A stands twice"),
    ],
)
def test_layouts_that_cannot_be(layout: Layout, message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        check_layout(layout, "R")
    assert str(raised.value) == message


def test_filler_may_stand_often_and_has_no_path() -> None:
    layout: Layout = (text(""), text(""), count("N"), Repeat("L", (text("A"), text("")), 0, 3, "N"))
    check_layout(layout, "R")
    assert [path for path, _ in fields_of(layout)] == [("N",), ("L",), ("L", "A")]


def test_counts() -> None:
    loan = Repeat("L", (), 0, 20, "N", not_sent=99)
    assert [loan.length(n) for n in (0, 20, 99, "", 21, "*")] == [0, 20, None, None, -1, -1]
    core = Repeat("L", (), 0, 99, "N", required=True)
    assert [core.length(n) for n in (0, 99, "", 100)] == [0, 99, -1, -1]
    assert Repeat("L", (), 1, 9, "N").length("") == 0
    assert [core.rule(n) for n in ("", 100)] == ["blank", "over 99"]
    assert Repeat("L", (), 1, 9, "N").rule(0) == "under 1"
