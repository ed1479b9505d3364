"""Tables that sort, filter and page: what the query asks for, as plain values, applied to rows in memory.

A page's list is read up to a limit and ordered here, so that every table behaves alike whatever it is read
from. Sorting by a column twice turns it round. The query's words are `sort`, `find` and `page`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

Row: TypeAlias = Mapping[str, Any]
PAGE_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str = "text"
    """How a cell is drawn: text, number, code, moment, chip, link …"""
    sorts: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to see of a table."""

    sort: str = ""
    """Column; "-" before it turns it round."""
    find: str = ""
    page: int = 1
    also: Mapping[str, str] = field(default_factory=dict)
    """Other words of the page's query, kept in its links."""

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def falling(self) -> bool:
        return self.sort.startswith("-")


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a table, and the way to the others."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    found: int
    """Rows that match, on all pages."""
    pages: int
    asked: Asked

    def sorted_by(self, column: str) -> str:
        """For `aria-sort`."""
        if self.asked.column != column:
            return "none"
        return "descending" if self.asked.falling else "ascending"

    def link_to_sort(self, column: str) -> str:
        turned = self.asked.column == column and not self.asked.falling
        return self._link(sort=f"-{column}" if turned else column, page=1)

    def link_to_page(self, page: int) -> str:
        return self._link(page=page)

    def link_to_export(self, format: str) -> str:
        return self._link(page=1, export=format)

    def _link(self, **changed: Any) -> str:
        asked = {"sort": self.asked.sort, "find": self.asked.find, "page": self.asked.page}
        words = {**self.asked.also, **asked, **changed}
        plain = {name: value for name, value in words.items() if value and (name, value) != ("page", 1)}
        return f"?{urlencode(plain)}"


def show(columns: Sequence[Column], rows: Iterable[Row], asked: Asked, *, size: int = PAGE_ROWS) -> Shown:
    """The page asked for; the last one where there are not as many."""
    matching = ordered(columns, rows, asked)
    pages = max(1, ceil(len(matching) / size))
    page = min(max(1, asked.page), pages)
    asked = Asked(asked.sort, asked.find, page, asked.also)
    return Shown(columns, matching[(page - 1) * size : page * size], len(matching), pages, asked)


def ordered(columns: Sequence[Column], rows: Iterable[Row], asked: Asked) -> list[Row]:
    """All rows that match, in the order asked for; otherwise in the order in which they came."""
    names = [column.name for column in columns]
    wanted = asked.find.casefold()
    found = [row for row in rows if not wanted or _mentions(row, names, wanted)]
    if asked.column in {column.name for column in columns if column.sorts}:
        found.sort(key=_by(asked.column), reverse=asked.falling)
    return found


def _mentions(row: Row, names: Iterable[str], wanted: str) -> bool:
    return any(wanted in str(row.get(name, "")).casefold() for name in names)


def _by(column: str) -> Callable[[Row], tuple[bool, bool, Any]]:
    """Numbers before texts, what is empty last."""

    def key(row: Row) -> tuple[bool, bool, Any]:
        value = row.get(column)
        if value is None or value == "":
            return (True, True, "")
        number = isinstance(value, int | float)
        return (False, not number, value if number else str(value).casefold())

    return key
