"""A record's layout: what copybooks and tables are both read into.

A layout is a row of fields and repeats. Groups that do not repeat are gone: their fields stand in the row
itself, as the fields of a message do (`formats.codec`). A repeat takes its length from a count field before
it in the same row, or always has the same length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from formats.codec import FieldFacts, Path
from formats.errors import DeclarationError
from formats.scalars import Scalar


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    """"" for filler, which is skipped on reading and blank on writing."""
    scalar: Scalar


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


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
Row: TypeAlias = Field | Repeat
Layout: TypeAlias = tuple[Row, ...]


def counts_of(layout: Layout) -> dict[str, Repeat]:
    """Count field → its repeat."""
    return {row.count: row for row in layout if isinstance(row, Repeat) and row.count}


def fields_of(layout: Layout, above: Path = ()) -> Iterator[tuple[Path, Field | Repeat]]:
    """Every named field and repeat with its path, indices left out; count fields too."""
    for row in layout:
        if row.name:
            yield (*above, row.name), row
        if isinstance(row, Repeat):
            yield from fields_of(row.rows, (*above, row.name))


def facts_of(layout: Layout, above: Path = ()) -> Iterator[FieldFacts]:
    """`Codec.facts` of a record, but for which field holds its type."""
    counts = counts_of(layout)
    at: int | None = 0
    for row in layout:
        path = (*above, row.name)
        if isinstance(row, Repeat):
            yield FieldFacts(
                path,
                kind="list",
                label=".".join(map(str, path)),
                offset=at,
                width=sizes_of(row.rows),
                occurs=(row.least, row.most),
                note=f"as many as {row.count} says" if row.count else "always full",
            )
            yield from facts_of(row.rows, path)
            least, most = sizes_of((row,))
            at = at + least if at is not None and least == most else None
            continue
        if row.name:
            counted = counts.get(row.name)
            kind, note = ("count", f"counts {counted.name}") if counted else ("", "")
            yield FieldFacts(path, row.scalar, kind, ".".join(map(str, path)), at, note=note)
        at = at + row.scalar.size if at is not None else None


def sizes_of(layout: Layout) -> tuple[int, int]:
    """Bytes with as few entries as may be, and with as many."""
    least = most = 0
    for row in layout:
        if isinstance(row, Repeat):
            inner = sizes_of(row.rows)
            least, most = least + inner[0] * row.least, most + inner[1] * row.most
        else:
            least, most = least + row.scalar.size, most + row.scalar.size
    return least, most


def check_layout(layout: Layout, where: str) -> None:
    """Names are unique in a row; a count stands before its list and is a plain number."""
    seen: dict[str, Row] = {}
    for row in layout:
        if row.name and not _NAME.fullmatch(row.name):
            raise DeclarationError(f"{where}: {row.name!r} is no field name", key=row.name)
        if row.name and row.name in seen:
            raise DeclarationError(f"{where}: {row.name} stands twice", key=row.name)
        seen[row.name] = row
        if isinstance(row, Repeat):
            _check_repeat(row, seen, where)
            check_layout(row.rows, f"{where}.{row.name}")


def _check_repeat(repeat: Repeat, seen: dict[str, Row], where: str) -> None:
    if not 0 <= repeat.least <= repeat.most or repeat.most < 1:
        times = f"{repeat.least} to {repeat.most}"
        raise DeclarationError(f"{where}: {repeat.name} repeats {times}", key=repeat.name)
    if not repeat.count:
        return
    count = seen.get(repeat.count)
    if not isinstance(count, Field):
        raise DeclarationError(f"{where}: no {repeat.count} before {repeat.name}", key=repeat.name)
    if count.scalar.kind != "number":
        raise DeclarationError(f"{where}: {repeat.count} is not a number", key=repeat.name)
