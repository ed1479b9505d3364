"""Groups, redefinitions and counts further out, both ways."""

from typing import Any

import pytest

from formats.charsets.charset import charset
from formats.errors import FormatError
from formats.layout import Field, Group, Layout, Redefines, Repeat, View
from formats.numerals import Display
from formats.records import RecordCodec
from formats.scalars import Number, Text
from formats.testing import check_format

ASCII = charset("ascii")


def text(name: str, width: int = 2) -> Field:
    return Field(name, Text(width, ASCII))


def digits(name: str, width: int = 1) -> Field:
    return Field(name, Number(Display(width, ASCII)))


def codec(*rows: Any) -> RecordCodec:
    layout: Layout = (text("T"), *rows)
    return RecordCodec("try", (text("T"),), "T", {"R1": layout}, b" ")


def refused(what: RecordCodec, body: bytes) -> list[str]:
    with pytest.raises(FormatError) as raised:
        what.parse(body)
    return [fault.text() for fault in raised.value.faults]


def unwritten(what: RecordCodec, fields: dict[str, Any]) -> list[str]:
    with pytest.raises(FormatError) as raised:
        what.build("R1", fields)
    return [fault.text() for fault in raised.value.faults]


def test_a_group_is_a_dict() -> None:
    one = codec(Group("G", (text("A"), text(""), Group("H", (text("B"),)))), text("Z"))
    fields = {"T": "R1", "G": {"A": "a", "H": {"B": "b"}}, "Z": "z"}
    assert one.parse(b"R1a   b z ") == ("R1", fields)
    assert one.build("R1", fields) == b"R1a   b z "
    assert one.build("R1", {"Z": "z"}) == b"R1" + b" " * 6 + b"z "
    assert one.place(b"R1a   b z ", ("G", "H", "B")).offset == 6
    assert unwritten(one, {"G": {"X": 1, "A": "123"}}) == ["G.X@2 no such field", "G.A@2 over 2 bytes"]
    assert unwritten(one, {"G": 7}) == ["G@2 not a group"]
    assert refused(one, b"R1a   b") == ["G.H.B@6 ends early"]


def test_a_count_in_a_group_before_serves_two_lists() -> None:
    lists = Repeat("L", (text("A"),), 0, 3, "G.N"), Repeat("M", (text("B"),), 0, 5, "N")
    one = codec(Group("G", (digits("N"),)), *lists)
    fields = {"T": "R1", "G": {}, "L": [{"A": "a"}, {"A": "b"}], "M": [{"B": "c"}, {"B": "d"}]}
    assert one.parse(b"R12a b c d ") == ("R1", fields)
    assert one.build("R1", fields) == b"R12a b c d "
    assert refused(one, b"R14") == ["G.N@2 over 3"]
    assert unwritten(one, {"L": [{}]}) == ["G.N@2 lists of different lengths"]


def test_a_count_further_out_stays_a_field() -> None:
    one = codec(digits("N"), Repeat("O", (text("A"), Repeat("I", (digits("B"),), 0, 3, "N")), 2, 2))
    fields = {
        "T": "R1",
        "N": 2,
        "O": [{"A": "a", "I": [{"B": 1}, {"B": 2}]}, {"A": "b", "I": [{"B": 3}, {"B": 4}]}],
    }
    assert one.parse(b"R12a 12b 34") == ("R1", fields)
    assert one.build("R1", fields) == b"R12a 12b 34"
    assert unwritten(one, fields | {"N": 1}) == [
        "O(1).I@5 not as many as counted",
        "O(2).I@7 not as many as counted",
    ]
    assert unwritten(one, fields | {"N": 4})[0] == "O(1).I@5 count over 3"


def test_nested_lists_each_with_its_count() -> None:
    one = codec(
        digits("N"), Repeat("O", (digits("M"), Repeat("I", (digits("B"),), 0, 3, "M")), 0, 9, "N"), text("Z")
    )
    fields = {"T": "R1", "O": [{"I": [{"B": 1}]}, {"I": []}], "Z": "z"}
    assert one.parse(b"R12110z ") == ("R1", fields)
    assert one.build("R1", fields) == b"R12110z "
    assert refused(one, b"R12410z ") == ["O(1).M@3 over 3"]


CHOICE = Redefines(
    (View(digits("D", 3), ("D",)), View(Group("W", (text("A"), text("B"))), ("W", "V")), View(text("X"))), "K"
)


@pytest.mark.parametrize(
    ("body", "views"),
    [
        (b"R1D123 zz", {"K": "D", "D": 123}),
        (b"R1Va b zz", {"K": "V", "W": {"A": "a", "B": "b"}}),
        (b"R1?x   zz", {"K": "?", "X": "x"}),
    ],
)
def test_a_selector_says_which_view(body: bytes, views: dict[str, Any]) -> None:
    one = codec(text("K", 1), CHOICE, text("Z"))
    assert one.parse(body) == ("R1", {"T": "R1", **views, "Z": "zz"})
    assert one.build("R1", {**views, "Z": "zz"}) == body


def test_the_kit_finds_messages_of_a_record_with_a_selector() -> None:
    check_format(codec(text("K", 1), CHOICE, text("Z")), [])
    views = (View(text("A"), ("A",)), View(digits("B"), ("Q",)))
    check_format(codec(text("K", 1), Redefines(views, "K")), [])


def test_what_is_wrong_with_a_view() -> None:
    one = codec(text("K", 1), CHOICE, text("Z"))
    assert refused(one, b"R1D12x zz") == ["D@3 not a digit"]
    assert refused(one, b"R1D123") == ["D@3 ends early"]
    assert refused(one, b"R1Va b") == ["W.B@5 ends early"]
    assert unwritten(one, {"K": "D", "X": "x"}) == ["X@3 not the view selected"]
    strict = codec(text("K", 1), Redefines((View(text("A"), ("A",)),), "K"))
    assert refused(strict, b"R1B  ") == ["K@3 selects no view"]
    assert unwritten(strict, {"K": "B"}) == ["K@3 selects no view"]
    assert strict.build("R1", {"K": "A"}) == b"R1A  "


def test_without_a_selector_every_view_that_can_be_read_is() -> None:
    one = codec(Redefines((View(digits("D", 2)), View(text("X", 3)))), text("Z"))
    assert one.parse(b"R112 z ") == ("R1", {"T": "R1", "D": 12, "X": "12", "Z": "z"})
    assert one.parse(b"R1ab z ") == ("R1", {"T": "R1", "X": "ab", "Z": "z"})
    assert one.build("R1", {"X": "ab", "Z": "z"}) == b"R1ab z "
    assert one.build("R1", {"D": 1, "X": "ab", "Z": "z"}) == b"R101 z "
    assert refused(one, b"R1\xff\xff\xff  ") == ["D@2 not a digit"]
    assert refused(one, b"R112")[0] == "D@2 ends early"
