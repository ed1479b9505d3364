"""The customer's terms: attributes, values, contributions, source records, golden records.

Plain values without behaviour of their own. `reconcile` decides with them, `survivorship` chooses among
them, `store` keeps them, adapters translate a system's fields into them and back.

**Attributes** are strings. A single-valued one is its name (`"name"`, `"born"`). One key of a multi-valued
one is `"family:key"` (`"document:resident_id"`, `"phone:mobile"`, `"address:home"`). A *single slot* of a
system that can hold one entry of a family only is the bare family (`"document"`, `"address"`) and its value
starts with the key.

**Values** are what staff would read, never a system's own code:

| attribute | value |
|---|---|
| text and coded ones | `str`, never empty |
| `born` | `"YYYYMMDD"`, not checked against the calendar (an impossible date is stored and flagged) |
| `annual_income` | decimal text, `"120000.00"` |
| `document:<type>` | `(number, expiry or None)` |
| `phone:<use>` | `str` |
| `address:<use>` | `(line, postcode or None)` |
| `verified:<type>` | `str`: the number of that document that was seen |
| slot `document` | `(type, number, expiry or None)` |
| slot `address` | `(use, line, postcode or None)`; use is `""` where the layout has no code for it |

Times are integers: microseconds since the epoch, UTC.

Structs are frozen and never part of a cycle, so the garbage collector need not look at them (`gc=False`): a
batch reads thousands, and half of its time went into that.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias

import msgspec

Value: TypeAlias = str | tuple[str | None, ...]
Key: TypeAlias = tuple[str, str]
"""(system, customer number)"""

SINGLE = (
    "kind", "status", "name", "born", "gender", "marital", "education", "email", "employer",
    "annual_income", "industry", "rating", "risk", "nationality", "occupation", "branch", "manager",
)  # fmt: skip
DOCUMENT_TYPES = (
    "resident_id", "passport", "foreigner_permit", "hk_macao_permit", "taiwan_permit", "military_id",
    "household_register", "uscc", "business_licence", "org_code", "other",
)  # fmt: skip
PHONE_USES = ("mobile", "home", "work")
ADDRESS_USES = ("home", "mailing", "work", "registered")
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "document": DOCUMENT_TYPES,
    "phone": PHONE_USES,
    "address": ADDRESS_USES,
}

MARK = "verified:"
MARKS = frozenset(f"{MARK}{type}" for type in DOCUMENT_TYPES)
"""Attributes whose value is the number of a document that somebody has seen (`ecif.verified`)."""

# What a single slot shows when the system's own last type or use is gone (interfaces/README.md, "What").
SLOT_ORDER: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("document", "person"): (
        "resident_id", "passport", "foreigner_permit", "hk_macao_permit", "taiwan_permit", "military_id",
        "household_register", "other",
    ),
    ("document", "organization"): ("uscc", "business_licence", "org_code", "other"),
    ("address", "person"): ("home", "mailing", "work", "registered"),
    ("address", "organization"): ("registered", "work", "mailing", "home"),
}  # fmt: skip

UNKNOWN = "\x00unknown"
"""What a record holds when image and push crossed: differs from every value, so it is pushed again."""

NEVER = 2**62
"""Confirmed at: not yet."""
BEFORE_ALL = -(2**62)
"""Sent or shown at: before the hub began."""
LAST = -1
"""Shown at: by the record's newest image, when that was written (`SourceRecord.shown`)."""


class Own(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A contribution: the last genuine change of one attribute by one source record."""

    value: Value
    since: int
    """When it began to hold, in the source's clock."""
    seq: int
    """The image that first said so."""
    lo: int
    """Highest older seq known to have shown another value."""


class Shown(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=0):
    """A value the record may show although nobody there changed it: the one it showed last."""

    value: Value | None
    since: int = 0
    shown: int = BEFORE_ALL
    """When the image that showed it was written."""
    push: ClassVar[str] = ""
    sent: ClassVar[int] = BEFORE_ALL
    confirmed: ClassVar[int] = NEVER


class Pushed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """A value the record may show although nobody there changed it: one that a push carried."""

    value: Value | None
    since: int
    push: str
    """The push's id."""
    sent: int
    confirmed: int = NEVER
    shown: ClassVar[int] = BEFORE_ALL


May: TypeAlias = Shown | Pushed


class Attribute(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All the hub knows of one attribute in one source record.

    Most attributes are quiet: the newest image shows the own value, and nothing else can come. Their `may` is
    empty, and an image that says the same again changes nothing in them. `whole_may` tells it in full.
    """

    own: Own | None = None
    held: Value | None = None
    may: tuple[May, ...] = (Shown(None),)
    insist: int = 0

    def whole_may(self) -> tuple[May, ...]:
        """Never empty."""
        if self.may or self.own is None:
            return self.may
        return (Shown(self.own.value, self.own.since, LAST),)


BLANK: Final = Attribute()
"""Of which nothing is known."""


class Flying(msgspec.Struct, frozen=True, gc=False):
    """The push in flight to one record: unanswered, repeated under its id until it is."""

    id: str
    ecif_no: str
    version: int
    values: dict[str, Value | None]
    """What was written, in the form the system writes; None is the clear mark. Blanks are absent."""
    sent: int
    copies: int = 1
    """How often it left; more than one means a refusal proves nothing of the first copy."""
    seen: dict[str, Value | None] = {}
    """What images showed since it was first sent."""


class Relation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    type: str
    name: str
    document: tuple[str, str] | None
    """(type, number)"""
    share: str | None = None
    """Of a shareholder: percent, decimal text."""


class Holding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    kind: str
    number: str
    product: str | None = None
    ccy: str | None = None
    amount: str | None = None
    opened: str | None = None
    status: str | None = None


class Listed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A complete list that a system reports; what is missing in the next one has ended."""

    items: tuple[Any, ...]
    since: int


class Newest(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The newest image of a record whose system need not number its changes: what later ones are held to."""

    seq: int
    """The system's own, if it ever gave one; 0: none."""
    sent_at: int
    message_id: str


class SourceRecord(msgspec.Struct, frozen=True, gc=False):
    """One customer of one system: its contributions, what it holds, the push in flight to it."""

    system: str
    customer_no: str
    party: str
    """The ECIF number it was given; a merge does not change it (see Party.merged_into)."""
    seq: int = -1
    attributes: dict[str, Attribute] = {}
    named: dict[str, str] = {}
    """For a single slot: the type or use this system last sent."""
    relations: Listed | None = None
    holdings: Listed | None = None
    number_held: str = ""
    """The ECIF number the system knows this customer by; "" before the first reply."""
    flying: Flying | None = None
    refused: str = ""
    """Digest of what was wanted when the system refused it for good."""
    standoff: bool = False
    newest: Newest | None = None
    """Where the system need not number its changes: `seq` is the hub's own count then (`ecif.sequence`)."""
    withdrawn: bool = False
    """A steward's word: what it says counts for nothing (`ecif.survivorship.speaking`)."""
    shown: int = BEFORE_ALL
    """When the newest image was written."""

    @property
    def key(self) -> Key:
        return (self.system, self.customer_no)


class Pin(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A steward's decision on one attribute of one ECIF number; None lets the sources speak again."""

    at: int
    value: Value | None
    actor: str = ""
    reason: str = ""


class Survivor(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A golden value with its lineage."""

    value: Value
    since: int
    system: str
    """"" for a steward's pin."""
    customer_no: str
    rule: str
    """The step of the survivorship order that decided ("pin", "sound", "trust", "latest", "only", ...)."""


class Golden(msgspec.Struct, frozen=True, gc=False):
    """What survives of one party: a pure function of its source records, pins and rules."""

    values: dict[str, Survivor]
    relations: tuple[tuple[str, str, Relation], ...] = ()
    """(system, customer number, relation) of every reported relation, sorted."""
    members: tuple[Key, ...] = ()
    as_of: int = 0
    """Latest `since` of any contribution: the stored day against which documents expire."""

    def kind(self) -> str:
        survivor = self.values.get("kind")
        return str(survivor.value) if survivor else "person"


class Party(msgspec.Struct, frozen=True, gc=False):
    """One ECIF number: its version, pins, redirect and the golden record as it was last computed."""

    ecif_no: str
    version: int = 0
    merged_into: str = ""
    pins: dict[str, tuple[Pin, ...]] = {}
    golden: Golden = Golden(values={})
    events: int = 0
    """Number of its newest change event; 0 before the first that is chained."""
    chain: str = ""
    """That event's hash (`ecif.chaining`)."""


class Slot(msgspec.Struct, frozen=True, gc=False):
    """A single place of a system for one entry of a family."""

    family: Literal["document", "address"]
    by_kind: Mapping[str, str] = {}
    """Party kind → key, where the layout has no code for the key (core's address): what an image means by it,
    and what is shown there first."""


class PartyChange(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one image says about a party, in standard terms. Blanks are absent; None is the clear mark.

    Partial entries: a document number (address line) without expiry (postcode) leaves `None` there;
    `reconcile` completes it by the rule "same number: the expiry stays in force". A cleared expiry or
    postcode is `"*"`. An entry whose number (line) is blank but whose expiry (postcode) is not has `None`
    first.
    """

    customer_no: str
    seq: int
    sent_at: int
    duplicate: bool
    values: Mapping[str, Value | None]
    named: Mapping[str, str] = {}
    """Slot → the type or use this image names, also where it withdraws the entry."""
    relations: tuple[Relation, ...] | None = None
    """None: list not sent."""
    holdings: tuple[Holding, ...] | None = None
    since: Mapping[str, int] = {}
    """Single values that say themselves since when they hold; all others since `sent_at`."""


class Push(msgspec.Struct, frozen=True, gc=False):
    """A golden record on its way to one customer number of one system."""

    id: str
    sent_at: int
    ecif_no: str
    version: int
    customer_no: str
    kind: str
    values: Mapping[str, Value | None]
    """In the form the system writes. None is the clear mark; blanks are absent."""
    named: Mapping[str, str] = {}
    """Slot → key to write beside a clear mark."""
    since: Mapping[str, int] = {}
    """Since when the values hold, for layouts that say so."""


class Dialect(Protocol):
    """What the customer half must know of one system. Adapters implement it from conf."""

    @property
    def name(self) -> str: ...

    @property
    def pushes(self) -> Literal["applied", "seen", "no"]:
        """What a positive reply to a push means: it is there; believe it when it comes back; takes none."""

    @property
    def eps(self) -> int:
        """Clock-skew bound, microseconds."""

    @property
    def carries(self) -> tuple[str, ...]:
        """Attributes of the push layout, slots included."""

    @property
    def only(self) -> Mapping[str, str]:
        """Attribute → the party kind its field is for; for the other kind it is neither read nor written."""

    @property
    def slots(self) -> Mapping[str, Slot]: ...

    def written(self, attribute: str, value: Value) -> Value | None:
        """`value` as this system would write it, read back: cut, recoded, substituted.

        None where it cannot be expressed (type not in the table). Works for any attribute the system's
        image or push layout knows; for one it does not carry, None.
        """

    def losses(self, attribute: str, value: Value) -> tuple[str, ...]:
        """What `written` loses, for the record: "cut", "substituted", "coarser"."""

    def new_id(self, now: int) -> str:
        """A message id of the hub's own for a message of that moment, never reused, with a random part."""

    @property
    def push_type(self) -> str:
        """Message type of its pushes, for the journal; "" where it takes none."""

    def push_bytes(self, push: Push) -> bytes:
        """The unframed message."""

    def repeated(self, body: bytes) -> bytes:
        """The same push with the duplicate flag, where the system has one."""
