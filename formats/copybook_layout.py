"""A copybook's items as a layout: which scalar each field is.

The picture says how a field stands in bytes; the declaration's `charsets` says in which charset a PIC X
stands and `kinds` what a number means beyond its picture: "date", "time", or "required" for a count that may
not be blank. (core.md: zoned and packed fields all X'40' or all X'00' are blank, dates not known are zeros.)
"""

from collections.abc import Mapping
from dataclasses import dataclass

from formats.charsets.charset import Charset
from formats.copybook import Item, Picture
from formats.errors import DeclarationError
from formats.layout import Field, Layout, Repeat, Row
from formats.numerals import Binary, Display, Numerals, Packed, Sign
from formats.scalars import Amount, Date, Number, Scalar, Text, Time


@dataclass(frozen=True)
class Dialect:
    """What holds for all copybooks of one system."""

    charset: Charset
    charsets: Mapping[str, Charset]
    kinds: Mapping[str, str]


def layout_of(item: Item, dialect: Dialect) -> Layout:
    """The fields of a group; its inner groups dissolve, its tables stay."""
    if not item.children:
        return (_field(item, dialect),)
    rows: list[Row] = []
    for child in item.children:
        if child.occurs is not None:
            rows.append(_repeat(child, dialect))
        else:
            rows += layout_of(child, dialect)
    return tuple(rows)


def _repeat(item: Item, dialect: Dialect) -> Repeat:
    assert item.occurs is not None
    least, most = item.occurs
    required = dialect.kinds.get(item.depending_on) == "required"
    return Repeat(item.name, layout_of(item, dialect), least, most, item.depending_on, required=required)


def _field(item: Item, dialect: Dialect) -> Field:
    picture = item.picture
    assert picture is not None
    if item.name == "FILLER":
        return Field("", Text(item.size, dialect.charset))
    if picture.kind == "X":
        return Field(item.name, Text(item.size, dialect.charsets.get(item.name, dialect.charset), low=True))
    return Field(item.name, _number(item, picture, dialect))


def _number(item: Item, picture: Picture, dialect: Dialect) -> Scalar:
    numerals = _numerals(item, picture, dialect.charset)
    kind = dialect.kinds.get(item.name, "")
    if kind == "date":
        _must(item, picture.length == 8 and not picture.signed, "a date is 9(8)")
        return Date(numerals)
    if kind == "time":
        _must(item, picture.length == 14 and not picture.signed, "a time is 9(14)")
        return Time(numerals)
    return Amount(numerals, picture.decimals) if picture.decimals else Number(numerals)


def _must(item: Item, holds: bool, message: str) -> None:
    if not holds:
        raise DeclarationError(f"{item.name}: {message}", line=item.line, key=item.name)


def _numerals(item: Item, picture: Picture, charset: Charset) -> Numerals:
    if item.usage == "COMP-3":
        return Packed(picture.length, signed=picture.signed)
    if item.usage in ("COMP", "COMP-5"):
        return Binary(item.size, picture.length, signed=picture.signed)
    sign = Sign.NONE
    if picture.signed:
        sign = {"LEADING": Sign.LEADING, "TRAILING": Sign.TRAILING}.get(item.sign, Sign.OVERPUNCHED)
    return Display(item.size, charset, sign, low=True)
