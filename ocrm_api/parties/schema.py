"""A party as the API shows it: the structs are the answers and, through OpenAPI, the contract."""

from datetime import datetime
from typing import Literal

import msgspec

Shown = str | list[str | None]
"""A text, or the parts of a group: a document's number and expiry, an address' line and postcode."""


class GoldenValue(msgspec.Struct, frozen=True, gc=False):
    """A surviving value and where it comes from."""

    value: Shown
    since: datetime
    system: str
    """Empty where a steward decided."""
    customer_no: str
    rule: str
    """What decided for it."""


class Related(msgspec.Struct, frozen=True, gc=False):
    """A relation that a system reports."""

    system: str
    customer_no: str
    type: str
    name: str
    document_type: str | None = None
    document_number: str | None = None


class Member(msgspec.Struct, frozen=True, gc=False):
    """A source record that belongs to the party."""

    system: str
    customer_no: str


class PartyAnswer(msgspec.Struct, frozen=True):
    """The golden record."""

    ecif_no: str
    version: int
    kind: str
    merged: list[str]
    """Former ECIF numbers that resolve to this one."""
    values: dict[str, GoldenValue]
    relations: list[Related]
    members: list[Member]


class PartySummary(msgspec.Struct, frozen=True):
    """A party in a list: its name and what tells it apart."""

    ecif_no: str
    version: int
    kind: str
    values: dict[str, Shown]


class Hit(msgspec.Struct, frozen=True):
    party: PartySummary
    score: float
    """1 for the very words, less the more the name has beyond them."""
    by: str
    """What led to it: ecif_no, customer_no, document, account, card, phone, email, name, part of name,
    spelling, initials, branch, manager."""


class Hits(msgspec.Struct, frozen=True):
    items: list[Hit]
    next: str | None
    """Cursor of the next page; null: that was all."""
    index: Literal["complete", "building"]
    """While it is being built, searches by name, phone or e-mail find only a part."""


class Losing(msgspec.Struct, frozen=True):
    """What one record says and the golden record does not."""

    value: Shown
    since: datetime
    system: str
    customer_no: str
    step: str
    """Where it lost; "agrees" where it says the same; "withdrawn" and "reserved": it never counted."""
    faults: list[str]
    """What is known against the value itself."""


class Decided(msgspec.Struct, frozen=True):
    """Why this value."""

    attribute: str
    value: Shown | None
    """Null where nothing that counts is said."""
    since: datetime | None
    system: str
    customer_no: str
    rule: str
    faults: list[str]
    others: list[Losing]
    pinned_by: str
    """Who decided, where a steward did."""
    pinned_because: str


class Values(msgspec.Struct, frozen=True):
    items: list[Decided]


class SourceRecord(msgspec.Struct, frozen=True):
    """One customer of one system."""

    system: str
    customer_no: str
    given_no: str
    """The ECIF number it was given; another than the party's after a merge."""
    seq: int
    says: dict[str, Shown]
    """Its contributions: what it said itself and did not merely repeat."""
    since: dict[str, datetime]
    holds_otherwise: dict[str, Shown]
    """What it is believed to hold where that is not its own contribution."""


class SourceRecords(msgspec.Struct, frozen=True):
    items: list[SourceRecord]


class Held(msgspec.Struct, frozen=True, gc=False):
    """An account, loan, card or product."""

    system: str
    customer_no: str
    kind: str
    number: str
    product: str | None
    currency: str | None
    amount: str | None
    """Decimal text, as the system reported it."""
    opened: str | None
    status: str | None


class Total(msgspec.Struct, frozen=True, gc=False):
    kind: str
    currency: str
    amount: str
    count: int


class Holdings(msgspec.Struct, frozen=True):
    items: list[Held]
    totals: list[Total]
    """By kind and currency: deposits and loans are not one sum."""


class Sync(msgspec.Struct, frozen=True):
    """What a system is believed to know."""

    system: str
    customer_no: str
    given_no: str
    state: str
    """"in step", "due", "in shadow" (due, and shown only), "in flight", "refused" (for good, until something
    changes), "standoff" (a steward must decide)."""
    seq: int
    knows_number: str
    """The ECIF number it knows this customer by."""
    attempts: int
    due_since: datetime | None
    next_attempt: datetime | None
    last_error: str


class SyncStates(msgspec.Struct, frozen=True):
    items: list[Sync]


class Message(msgspec.Struct, frozen=True):
    """A message in or out."""

    row: int
    """Its journal row."""
    at: datetime
    system: str
    direction: str
    type: str
    id: str
    state: str
    code: str
    customer_no: str
    version: int
    milliseconds: int | None


class Messages(msgspec.Struct, frozen=True):
    items: list[Message]
    next: str | None
