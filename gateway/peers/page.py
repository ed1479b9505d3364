"""A customer as one system keeps it, in its own field names, and the places that its form has.

Read from the sections [customer] and [codes] of the system's conf.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from formats.codec import Fields

CLEAR = "*"
CLEAR_DATE = "99999999"
Codes: TypeAlias = Mapping[str, Mapping[str, Sequence[Any]]]
"""Table → standard code → the system's own."""


@dataclass
class Page:
    values: Fields = field(default_factory=dict)
    """Field → value; a single slot is its three plain fields."""
    entries: dict[str, dict[Any, Fields]] = field(default_factory=dict)
    """List → key code → entry, for lists that are keyed by type or use."""
    lists: dict[str, list[Fields]] = field(default_factory=dict)
    """List → rows, for complete lists (relations, holdings)."""


@dataclass(frozen=True)
class Box:
    """A field for one single value."""

    attribute: str
    field: str
    type: str = ""
    codes: Mapping[str, Sequence[Any]] | None = None
    only: str = ""
    """The party kind that has it."""
    since: str = ""
    """The date field beside it that says since when it holds."""

    @property
    def clear(self) -> str:
        return CLEAR_DATE if self.type == "date" else CLEAR


@dataclass(frozen=True)
class Entry:
    """Fields for one entry of a family: a single slot, or with `list` one row of a keyed list."""

    family: str
    list: str
    key: str
    """The field of its type or use; "" where the layout has none."""
    number: str
    extra: str
    """Expiry or postcode; "" where there is none."""
    codes: Mapping[str, Sequence[Any]] | None
    by_kind: Mapping[str, str]

    @property
    def extra_clear(self) -> str:
        return CLEAR_DATE if self.family == "document" else CLEAR


def boxes_of(customer: Mapping[str, Any], codes: Codes) -> Iterator[Box]:
    for attribute, how in customer["values"].items():
        own = codes.get(how.get("codes", ""))
        type, only, since = (how.get(key, "") for key in ("type", "only", "since"))
        other = how.get("organization")
        yield Box(attribute, how["field"], type, own, "person" if other else only, since)
        if other:
            yield Box(attribute, other, type, own, "organization", since)
    for use, name in customer.get("phones", {}).get("fields", {}).items():
        yield Box(f"phone:{use}", name)


def entries_of(customer: Mapping[str, Any], codes: Codes) -> Iterator[Entry]:
    for section, family, key, number, extra in (
        ("documents", "document", "type", "number", "expiry"),
        ("phones", "phone", "use", "number", ""),
        ("addresses", "address", "use", "line", "postcode"),
    ):
        how = customer.get(section, {})
        if number in how:
            own = codes.get(how.get("codes", ""))
            kinds = how.get("by_kind", {})
            names = (how.get("list", ""), how.get(key, ""), how[number], how.get(extra, ""))
            yield Entry(family, *names, own, kinds)
