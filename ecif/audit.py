"""A system's own word for what it holds, against what it should hold. It changes nothing.

A system may confirm a push and lose it: no rule of the hub can see that, and only its own export can tell.
Values are compared in the form the system writes. A push on its way explains a difference: then what the hub
believes is there is right as well. For a system that takes no pushes it is the only thing that is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

import msgspec

from ecif.entries import meant
from ecif.model import UNKNOWN, Attribute, Dialect, Party, SourceRecord, Value
from ecif.reconcile.desired import is_due, wanted
from ecif.store import asides
from ecif.store.store import Store

SIZE = 500
Shown: TypeAlias = tuple[str, Mapping[str, Value | None]]
"""Customer number, and what the export says of it; blanks are absent."""


class Difference(msgspec.Struct, frozen=True):
    customer: str
    kind: str
    """Of the party: a system may have another field for the same of a person and of an organization."""
    attribute: str
    second: bool
    """Of an entry only the expiry or postcode differs."""


class Audit(msgspec.Struct):
    compared: int = 0
    equal: int = 0
    different: list[Difference] = []
    missing: list[str] = []
    """Customer numbers that the hub knows of this system, and the export lacks."""
    unknown: list[str] = []
    """Customer numbers in the export that the hub never heard of."""

    @property
    def clean(self) -> bool:
        return not (self.different or self.missing or self.unknown)


def audit(store: Store, dialect: Dialect, export: Iterable[Shown]) -> Audit:
    """A view for each page: a long audit beside a running hub holds nothing up."""
    found, seen = Audit(), set[str]()
    rest = iter(export)
    while page := list(islice(rest, SIZE)):
        _compare(store, dialect, page, found)
        seen.update(number for number, _ in page)
    found.missing = [number for number in _numbers(store, dialect.name) if number not in seen]
    return found


def _compare(store: Store, dialect: Dialect, page: Sequence[Shown], found: Audit) -> None:
    with store.reading() as connection:
        known = {
            stored.record.customer_no: (stored.record, party)
            for stored, party in asides.records(connection, dialect.name, {number for number, _ in page})
        }
    for number, values in page:
        if number not in known:
            found.unknown.append(number)
            continue
        wrong = differences(*known[number], dialect, values)
        found.compared += 1
        found.equal += not wrong
        found.different += wrong


def differences(
    record: SourceRecord, party: Party, dialect: Dialect, shown: Mapping[str, Value | None]
) -> list[Difference]:
    """What the system shows otherwise than it should."""
    golden, customer = party.golden, record.customer_no
    moving = record.flying is not None or is_due(record, golden, party.ecif_no, dialect)
    wrong: list[Difference] = []
    for name, value in wanted(record, golden, dialect).items():
        held, there = record.attributes.get(name, Attribute()).held, meant(shown.get(name))
        right = [held] if dialect.pushes == "no" else [value, held] if moving else [value]
        if UNKNOWN not in right and there not in right:
            wrong.append(Difference(customer, golden.kind(), name, _only_second(there, right[0])))
    return wrong


def _only_second(there: Value | None, right: Value | None) -> bool:
    return isinstance(there, tuple) and isinstance(right, tuple) and there[:-1] == right[:-1]


def _numbers(store: Store, system: str) -> Iterator[str]:
    after = ""
    while True:
        with store.reading() as connection:
            page = asides.numbers_of(connection, system, after=after)
        yield from page
        if not page:
            return
        after = page[-1]
