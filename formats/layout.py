"""A record's layout: what copybooks and tables are both read into.

| row | its value |
|---|---|
| `Field(name, scalar)` | the scalar's; without a name it is filler or slack: skipped, written blank |
| `Group(name, rows)` | a dict (a group that dissolves is no row: its fields stand in the row itself) |
| `Repeat(name, rows, …)` | a list of dicts, as many as always or as a count field before it says |
| `Redefines(views, selector)` | the same bytes in several ways: each view read stands under its name |

**Counts and selectors** are named. The field meant is the last one of that name before, in the same row, in a
group before it there, or else in a row further out ("G.N": the N of a group G). A count in the same entry (or
record) as its list is computed: it is not among the fields. One further out counts the lists of all entries
alike, so it stays a field, given to build, and each list must have that length.

**Redefines.** All views begin at the same byte; the area is as long as the longest, a shorter view leaves
slack. With a selector the view whose `when` holds the selector's value is the one (a view without `when`:
any other value). Without, every view that can be read is read, and the first one given is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from formats.codec import Path
from formats.errors import DeclarationError
from formats.scalars import Scalar


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    """"" for filler, which is skipped on reading and blank on writing."""
    scalar: Scalar


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: "Layout"


@dataclass(frozen=True, slots=True)
class Repeat:
    name: str
    rows: "Layout"
    least: int
    most: int
    count: str = ""
    """The field that says how many; "" where there are always `most`."""
    not_sent: int | None = None
    """The count of a list that was not sent; a blank count says the same."""
    required: bool = False
    """A blank count cannot be read. Otherwise it is a list not sent, or an empty one."""

    def length(self, counted: int | str) -> int | None:
        """How many follow after this count; None for a list not sent; -1 for a count that cannot be."""
        if counted == "":
            return -1 if self.required else None if self.not_sent is not None else 0
        if counted == self.not_sent:
            return None
        return counted if isinstance(counted, int) and self.least <= counted <= self.most else -1

    def rule(self, counted: int | str) -> str:
        """What is wrong with a count whose `length` is -1."""
        if not isinstance(counted, int):
            return "blank" if counted == "" else "not a digit"
        return f"over {self.most}" if counted > self.most else f"under {self.least}"


@dataclass(frozen=True, slots=True)
class View:
    row: "Field | Group | Repeat"
    """Named and of one size: a repeat in it has no count."""
    when: tuple[Any, ...] = ()
    """Values of the selector; () any other."""


@dataclass(frozen=True, slots=True)
class Redefines:
    views: tuple[View, ...]
    selector: str = ""
    name: ClassVar[str] = ""

    @property
    def size(self) -> int:
        return max(sizes_of((view.row,))[1] for view in self.views)

    def chosen(self, value: Any) -> View | None:
        """The view that this value of the selector means."""
        other = None
        for view in self.views:
            if value in view.when:
                return view
            if not view.when:
                other = view
        return other


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
Row: TypeAlias = Field | Group | Repeat | Redefines
Layout: TypeAlias = tuple[Row, ...]


@dataclass(slots=True)
class Bindings:
    """Which fields the counts and selectors of a layout are. Paths are from the record, without indices."""

    counts: dict[Path, Path] = field(default_factory=dict)
    """Repeat → its count field."""
    selectors: dict[Path, Path] = field(default_factory=dict)
    """First view of a Redefines → its selector."""
    computed: dict[Path, list[Path]] = field(default_factory=dict)
    """Count field that is not among the fields → the repeats that it counts, the first one first."""
    repeats: dict[Path, Repeat] = field(default_factory=dict)


_Before: TypeAlias = dict[Path, Field]


def bindings_of(layout: Layout, where: str = "") -> Bindings:
    found = Bindings()
    _bind(layout, (), [{}], found, where)
    return found


def _bind(layout: Layout, above: Path, scopes: list[_Before], found: Bindings, where: str) -> None:
    """`scopes`: fields before, by path; one for the record and one for each repeat around."""
    for row in layout:
        match row:
            case Field():
                scopes[-1][(*above, row.name)] = row
            case Group():
                _bind(row.rows, (*above, row.name), scopes, found, where)
            case Repeat():
                _bind_repeat(row, above, scopes, found, where)
            case Redefines():
                if row.selector:
                    first = (*above, row.views[0].row.name)
                    found.selectors[first] = _resolve(row.selector, scopes, first[-1], where)[0]
                for view in row.views:  # nothing behind them counts or selects by what is in them
                    _bind((view.row,), above, [*scopes[:-1], dict(scopes[-1])], found, where)


def _bind_repeat(row: Repeat, above: Path, scopes: list[_Before], found: Bindings, where: str) -> None:
    path = (*above, row.name)
    found.repeats[path] = row
    if row.count:
        count, declared, beside = _resolve(row.count, scopes, row.name, where)
        if declared.scalar.kind != "number":
            raise DeclarationError(f"{where}: {row.count} is not a number", key=row.name)
        found.counts[path] = count
        if beside:
            found.computed.setdefault(count, []).append(path)
    _bind(row.rows, path, [*scopes, {}], found, where)


def _resolve(name: str, scopes: list[_Before], of: str | int, where: str) -> tuple[Path, Field, bool]:
    """The field meant, and whether it stands in the same entry."""
    steps = tuple(name.split("."))
    for scope in reversed(scopes):
        for path in reversed(scope):
            if path[-len(steps) :] == steps:
                return path, scope[path], scope is scopes[-1]
    raise DeclarationError(f"{where}: no {name} before {of}", key=str(of))


def fields_of(layout: Layout, above: Path = ()) -> Iterator[tuple[Path, Field | Group | Repeat]]:
    """Every named field, group and repeat with its path, indices left out; count fields too."""
    for row in side_by_side(layout):
        if row.name:
            yield (*above, row.name), row
        if not isinstance(row, Field):
            yield from fields_of(row.rows, (*above, row.name))


def sizes_of(layout: Layout) -> tuple[int, int]:
    """Bytes with as few entries as may be, and with as many."""
    least = most = 0
    for row in layout:
        match row:
            case Repeat():
                inner = sizes_of(row.rows)
                least, most = least + inner[0] * row.least, most + inner[1] * row.most
            case Group():
                inner = sizes_of(row.rows)
                least, most = least + inner[0], most + inner[1]
            case Redefines():
                least, most = least + row.size, most + row.size
            case Field():
                least, most = least + row.scalar.size, most + row.scalar.size
    return least, most


def check_layout(layout: Layout, where: str) -> None:
    """Names are unique in a row; counts and selectors stand before; views have one size."""
    _check_rows(layout, where)
    bindings_of(layout, where)


def _check_rows(layout: Layout, where: str) -> None:
    seen: set[str] = set()
    for row in layout:
        if isinstance(row, Redefines):
            _check_views(row, where)
    for row in side_by_side(layout):
        if row.name and not _NAME.fullmatch(row.name):
            raise DeclarationError(f"{where}: {row.name!r} is no field name", key=row.name)
        if row.name and row.name in seen:
            raise DeclarationError(f"{where}: {row.name} stands twice", key=row.name)
        seen.add(row.name)
        if isinstance(row, Repeat):
            _check_repeat(row, where)
        if not isinstance(row, Field):
            _check_rows(row.rows, f"{where}.{row.name}")


def side_by_side(layout: Layout) -> Iterator[Field | Group | Repeat]:
    """The rows whose names stand beside each other: views too."""
    for row in layout:
        if isinstance(row, Redefines):
            yield from (view.row for view in row.views)
        else:
            yield row


def _check_repeat(repeat: Repeat, where: str) -> None:
    if not 0 <= repeat.least <= repeat.most or repeat.most < 1:
        times = f"{repeat.least} to {repeat.most}"
        raise DeclarationError(f"{where}: {repeat.name} repeats {times}", key=repeat.name)
    if not repeat.count and repeat.least != repeat.most:
        raise DeclarationError(f"{where}: nothing says how many {repeat.name} there are", key=repeat.name)


def _check_views(row: Redefines, where: str) -> None:
    if not row.views:
        raise DeclarationError(f"{where}: a redefinition without views", key=where)
    for view in row.views:
        name = view.row.name
        if not name:
            raise DeclarationError(f"{where}: a view needs a name", key=where)
        if len({*sizes_of((view.row,))}) != 1:
            raise DeclarationError(f"{where}: the view {name} has no fixed size", key=name)
        if view.when and not row.selector:
            raise DeclarationError(f"{where}: nothing selects the view {name}", key=name)
    if row.selector and sum(not view.when for view in row.views) > 1:
        raise DeclarationError(f"{where}: two views for any other {row.selector}", key=row.selector)
