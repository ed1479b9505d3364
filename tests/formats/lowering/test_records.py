"""Generated and interpreted records are one, over layouts of every kind of row: sound, damaged, wrong values.

The shipped layouts have their own such tests (`tests/formats/interpreting`); here are groups, counts anywhere
before, redefinitions, several charsets and every scalar that generated code writes out itself.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.charsets.charset import charset
from formats.interpreting.interpreter import Interpreter
from formats.layout import Field, Group, Layout, Redefines, Repeat, View, check_layout
from formats.lowering.reading import lower_reading
from formats.lowering.writing import lower_writing
from formats.numerals import Binary, Display, Packed, Sign
from formats.records import _UNBUILT
from formats.scalars import Amount, Date, Number, Text, Time

CHARSETS = {name: charset(name) for name in ("ascii", "gb18030", "gbk", "cp037", "cp500", "cp1140", "cp935")}


def scalars(name: str) -> dict[str, Any]:
    own = CHARSETS[name]
    return {
        "T1": Text(1, own, low=True),
        "T5": Text(5, own, low=True),
        "T9": Text(9, own),
        "W": Text(8, CHARSETS["cp935" if name != "cp935" else "gbk"], low=True),
        "D": Date(Display(8, own)),
        "E": Date(Display(8, own), blank=""),
        "Z": Time(Display(14, own)),
        "N": Number(Display(4, own, clear=True)),
        "S": Number(Display(5, own, Sign.LEADING)),
        "O": Number(Display(3, own, Sign.OVERPUNCHED, low=True)),
        "A": Amount(Display(7, own, Sign.TRAILING, clear=True), 2),
        "L": Amount(Display(7, own, Sign.LEADING), 3),
        "U": Amount(Display(6, own), 0),
        "P": Number(Packed(4, signed=False)),
        "Q": Amount(Packed(7, signed=True), 2),
        "R": Date(Packed(8, signed=False)),
        "B": Number(Binary(4, 9)),
        "C": Number(Binary(2, 5, signed=False, order="little")),
        "M": Amount(Binary(8, 18), 2),
    }


def flat(name: str) -> Layout:
    return tuple(Field(key, scalar) for key, scalar in scalars(name).items())


def nested(name: str) -> Layout:
    own = CHARSETS[name]
    count = Number(Display(1, own))
    rows = flat(name)
    choice = (
        View(Field("V1", Text(3, own)), ("1",)),
        View(Group("V2", rows[3:6]), ("2", "3")),
        View(Repeat("V3", rows[7:8], 3, 3)),
    )
    inner = Repeat("IN", (*rows[16:17], Field("", Text(2, own))), 0, 9, "K")
    entry: Layout = (*rows[0:2], Field("K", count), inner, Group("H", rows[5:7]))
    free = Redefines((View(Field("F1", Number(Display(4, own)))), View(Field("F2", Text(5, own)))))
    layout: Layout = (
        Group("G", (Field("X", count), *rows[14:16], Group("GG", rows[9:10]))),
        Field("", Text(3, own)),
        Repeat("OUT", entry, 0, 4, "X"),
        Repeat("ALSO", rows[10:12], 1, 4, "G.X"),
        Field("Y", count),
        Repeat("TWICE", (Repeat("GIVEN", rows[8:9], 0, 5, "Y"),), 2, 2),
        Field("WHICH", Text(1, own)),
        Redefines(choice, "WHICH"),
        free,
        *rows,
    )
    check_layout(layout, name)
    return layout


LAYOUTS = {
    f"{kind.__name__} {name}": (kind(name), CHARSETS[name].blank)
    for name in CHARSETS
    for kind in (flat, nested)
}
WAYS = {
    title: (Interpreter(layout, blank), lower_reading(layout, title), lower_writing(layout, blank, title))
    for title, (layout, blank) in LAYOUTS.items()
}
TEXTS = ("", "*", "a", "ab c", " x", "名", "名字名", "·", "é", "\0", "\0\0\0", "x" * 12, "٣٣٣٣٣٣٣٣")
DATES = ("19900307", "00000000", "99999999", "20240230", "20260105093000", "20260105243000", "2026010509300")
NUMBERS = (0, 1, -1, 7, 99, 9999, 10**9, -(10**9), 2**63, True, 1.5, None)
AMOUNTS = tuple(
    map(Decimal, ("0", "-0.00", "1.05", "-1.05", "12.5", "1E+3", "0.005", "99999.99", "-99999.99", "NaN"))
)
VALUE: Any = st.sampled_from((*TEXTS, *DATES, *NUMBERS, *AMOUNTS, b"", b"ab", [], {}))
USUAL = {
    "T1": "a",
    "T5": "ab",
    "T9": "x y",
    "W": "名",
    "D": "19900307",
    "E": "20240101",
    "Z": "20260105093000",
    "N": 12,
    "S": -3,
    "O": -12,
    "A": Decimal("-1.05"),
    "L": Decimal("1.005"),
    "U": Decimal(7),
    "P": 9,
    "Q": Decimal("-1.05"),
    "R": "20350614",
    "B": -7,
    "C": 65000,
    "M": Decimal("0.05"),
}


def usual(layout: Layout, title: str) -> dict[str, Any]:
    """A message that can be written."""
    own = {key: value for key, value in USUAL.items() if "ascii" not in title or key not in ("W",)}
    if title.startswith("flat"):
        return own
    entries = [
        {"T1": "a", "IN": [{"B": 1}] * i, "H": {"E": "20240101", "Z": "20260105093000"}} for i in range(2)
    ]
    lists = {
        "OUT": entries,
        "ALSO": [{"A": Decimal("1.00")}, {}],
        "Y": 1,
        "TWICE": [{"GIVEN": [{"S": 5}]}] * 2,
    }
    groups = {
        "G": {"Q": Decimal("1.00"), "R": "", "GG": {"O": 1}},
        "WHICH": "2",
        "V2": {"D": "19900307"},
        "F2": "ab",
    }
    return {**own, **lists, **groups}


def read_carefully(interpreter: Interpreter, body: bytes) -> Any:
    fields, faults = interpreter.parse(body)
    return [fault.text() for fault in faults] or fields


@pytest.mark.parametrize("title", LAYOUTS)
def test_usual_records_need_no_interpreter(title: str) -> None:
    interpreter, reading, writing = WAYS[title]
    fields = usual(LAYOUTS[title][0], title)
    body, faults = interpreter.build(fields)
    assert not faults
    assert writing.function(fields) == body
    assert reading.function(body) == read_carefully(interpreter, body)
    assert writing.function(reading.function(body)) == interpreter.build(reading.function(body))[0]


@pytest.mark.parametrize("title", LAYOUTS)
@settings(max_examples=30)
@given(data=st.data())
def test_both_ways_of_reading_agree(title: str, data: st.DataObject) -> None:
    interpreter, reading, _ = WAYS[title]
    body = bytearray(interpreter.build(usual(LAYOUTS[title][0], title))[0])
    for _ in range(data.draw(st.integers(0, 3))):
        at, size = data.draw(st.integers(0, len(body) - 1)), data.draw(st.sampled_from((1, 1, 2, 5, 9)))
        body[at : at + size] = (
            bytes([data.draw(st.sampled_from((0, 0x40, 0x20, 0xF0, 0x30, 0xC1, 0x0E, 0xFF)))]) * size
        )
    damaged = bytes(body[: data.draw(st.none() | st.integers(0, len(body)))])
    careful = read_carefully(interpreter, damaged)
    try:
        fast = reading.function(damaged)
    except ValueError:
        return  # the interpreter decides; what it takes for usual is tested above
    assert fast == careful
    assert list(fast) == list(careful)


@pytest.mark.parametrize("title", LAYOUTS)
@settings(max_examples=30)
@given(data=st.data())
def test_both_ways_of_writing_agree(title: str, data: st.DataObject) -> None:
    interpreter, _, writing = WAYS[title]
    fields = usual(LAYOUTS[title][0], title)
    names = sorted(fields.keys() | {"NO-SUCH", "V1", "V3", "F1", "X"})
    for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
        fields[name] = data.draw(VALUE)
    for name in data.draw(st.lists(st.sampled_from(names), max_size=2)):
        fields.pop(name, None)
    body, faults = interpreter.build(fields)
    try:
        fast = writing.function(fields)
    except _UNBUILT:
        return
    assert not faults, "written by generated code only"
    assert fast == body
