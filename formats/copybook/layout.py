"""A copybook's items as a message's layout: rows of scalars.

The picture says how a field stands in bytes; the declaration says the rest:

- `charsets`: in which charset a text stands where it is not the system's;
- `kinds`: what a number means beyond its picture: "date", "time", or "required" for a count that may not be
  blank (core.md: zoned and packed fields all X'40' or all X'00' are blank, dates not known are zeros);
- `groups`: which groups keep their own dict. The others dissolve: their fields stand in the row around;
- `selectors`: for a redefined item, which field says the view that counts and by which values.

A view that is a group is a dict; one without a name is called by what it redefines, with a number.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from formats.charsets.charset import Charset
from formats.copybook.items import RENAMES, Item
from formats.copybook.pictures import Picture
from formats.copybook.platform import Platform
from formats.copybook.values import numerals_of, scalar_of
from formats.layout import Field, Group, Layout, Redefines, Repeat, Row, View
from formats.numerals import Numerals
from formats.scalars import Date, Scalar, Text, Time


@dataclass(frozen=True)
class Selector:
    """Which view of a redefined item counts."""

    field: str
    when: Mapping[str, tuple[str | int, ...]]
    """View → values of the field; a view without any: all other values."""


@dataclass(frozen=True)
class Dialect:
    """What holds for all copybooks of one system."""

    platform: Platform
    charsets: Mapping[str, Charset] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    groups: Collection[str] = ()
    selectors: Mapping[str, Selector] = field(default_factory=dict)


def layout_of(item: Item, dialect: Dialect) -> Layout:
    """The fields of a record or group, or the one field that it is."""
    return _Maker(dialect).rows(item)


class _Maker:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def rows(self, item: Item) -> Layout:
        if not item.children:
            return (self._field(item),)
        rows: list[Row] = []
        below = [child for child in item.children if child.level != RENAMES]
        for main in (child for child in below if not child.redefines):
            views = [child for child in below if child.redefines and child.offset == main.offset]
            rows += self._slack(main.slack)
            if views:
                rows.append(self._redefines(main, views))
            else:
                rows += self._main(main)
        return (*rows, *self._slack(item.tail))

    def _slack(self, size: int) -> Iterator[Row]:
        if size:
            yield Field("", Text(size, self._dialect.platform.charset))

    def _main(self, item: Item) -> Iterator[Row]:
        if item.occurs is not None and not item.is_filler:
            yield self._repeat(item)
        elif item.occurs is not None and not item.is_variable and not item.children:
            yield from self._slack(item.extent)
        elif item.occurs is not None:
            raise item.fault("a table without a name")
        elif item.children and item.name in self._dialect.groups:
            yield Group(item.name, self.rows(item))
        else:
            yield from self.rows(item)

    def _repeat(self, item: Item, name: str = "") -> Repeat:
        assert item.occurs is not None
        least, most = item.occurs
        count = item.counter.name if item.counter is not None else ""
        required = self._dialect.kinds.get(count) == "required"
        return Repeat(name or item.name, self.rows(item), least, most, count, required=required)

    def _redefines(self, main: Item, views: list[Item]) -> Redefines:
        selector = self._dialect.selectors.get(main.name)
        found = []
        for number, item in enumerate((main, *views), start=1):
            name = f"{main.name}-{number}" if item.is_filler else item.name
            when = tuple(selector.when.get(name, ())) if selector else ()
            found.append(View(self._view(item, name), when))
        return Redefines(tuple(found), selector.field if selector else "")

    def _view(self, item: Item, name: str) -> Field | Group | Repeat:
        if item.occurs is not None:
            return self._repeat(item, name)
        return Group(name, self.rows(item)) if item.children else self._field(item, name)

    def _field(self, item: Item, name: str = "") -> Field:
        if item.is_filler and not name:
            return Field("", Text(item.size, self._dialect.platform.charset))
        return Field(name or item.name, self._scalar(item))

    def _scalar(self, item: Item) -> Scalar:
        platform, kind = self._dialect.platform, self._dialect.kinds.get(item.name, "")
        if kind not in ("date", "time") or item.picture is None or item.picture.kind != "9":
            return scalar_of(item, platform, self._dialect.charsets.get(item.name))
        numerals = numerals_of(item, platform)
        return _moment(item, item.picture, kind, numerals)


def _moment(item: Item, picture: Picture, kind: str, numerals: Numerals) -> Scalar:
    digits = 8 if kind == "date" else 14
    if picture.length != digits or picture.signed or picture.decimals:
        raise item.fault(f"a {kind} is 9({digits})")
    return Date(numerals) if kind == "date" else Time(numerals)
