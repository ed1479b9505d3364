"""Layouts: names once, counts before their lists, lengths from counts."""

import pytest

from formats.charsets.charset import charset
from formats.errors import DeclarationError
from formats.layout import (
    Field,
    Group,
    Layout,
    Redefines,
    Repeat,
    View,
    bindings_of,
    check_layout,
    fields_of,
    sizes_of,
)
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
        ((Repeat("L", (text("A"),), 0, 2),), "R: nothing says how many L there are"),
        ((Group("G", (text("A"), text("A"))),), "R.G: A stands twice"),
        ((text("A"), Redefines((View(text("A")),))), "R: A stands twice"),
        ((Redefines((View(text("")),)),), "R: a view needs a name"),
        ((Redefines(()),), "R: a redefinition without views"),
        ((Redefines((View(text("A"), ("x",)),)),), "R: nothing selects the view A"),
        ((Redefines((View(text("A"), ("x",)),), "K"),), "R: no K before A"),
        ((text("K"), Redefines((View(text("A")), View(text("B"))), "K")), "R: two views for any other K"),
        (
            (count("N"), Redefines((View(Repeat("L", (text("A"),), 0, 3, "N")),))),
            "R: the view L has no fixed size",
        ),
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


def test_a_count_is_the_last_of_its_name_before() -> None:
    """In the same row, in a group before it there, or further out; the one beside its list is computed."""
    inner = Repeat("I", (text("A"),), 0, 3, "N")
    outer = Repeat("O", (count("N"), inner), 0, 3, "H.N")
    bound = bindings_of((count("N"), Group("H", (count("N"),)), outer, Repeat("P", (inner,), 2, 2)))
    assert bound.counts == {("O",): ("H", "N"), ("O", "I"): ("O", "N"), ("P", "I"): ("H", "N")}
    assert bound.computed == {("H", "N"): [("O",)], ("O", "N"): [("O", "I")]}


def test_redefinitions_are_as_long_as_their_longest_view() -> None:
    long = Group("LONG", (text("A"), text("B")))
    layout: Layout = (text("K"), Redefines((View(text("SHORT"), ("S",)), View(long)), "K"), text("Z"))
    check_layout(layout, "R")
    assert sizes_of(layout) == (12, 12)
    paths = [path for path, _ in fields_of(layout)]
    assert paths == [("K",), ("SHORT",), ("LONG",), ("LONG", "A"), ("LONG", "B"), ("Z",)]
    assert bindings_of(layout).selectors == {("SHORT",): ("K",)}
    redefines = layout[1]
    assert isinstance(redefines, Redefines)
    assert [redefines.chosen(k) for k in ("S", "")] == [redefines.views[0], redefines.views[1]]
    assert Redefines(redefines.views[:1], "K").chosen("L") is None


def test_counts() -> None:
    loan = Repeat("L", (), 0, 20, "N", not_sent=99)
    assert [loan.length(n) for n in (0, 20, 99, "", 21, "*")] == [0, 20, None, None, -1, -1]
    core = Repeat("L", (), 0, 99, "N", required=True)
    assert [core.length(n) for n in (0, 99, "", 100)] == [0, 99, -1, -1]
    assert Repeat("L", (), 1, 9, "N").length("") == 0
    assert [core.rule(n) for n in ("", 100)] == ["blank", "over 99"]
    assert Repeat("L", (), 1, 9, "N").rule(0) == "under 1"
