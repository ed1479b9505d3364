"""Questions, evidence, previews and decisions as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from ocrm_api.bodies import EcifNumber, Reason, Said, sized
from ocrm_api.parties.schema import Decided, Member, Shown

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


# ---------------------------------------------------------------- shown
class Question(msgspec.Struct, frozen=True):
    """A review task."""

    id: int
    kind: str
    """same_party, score, standoff, or the reserved value that a system reports (deceased)."""
    state: str
    """"open" or "closed"."""
    ecif_no: str
    other: str
    """The party that it may be; "" where the question is about one party."""
    system: str
    customer_no: str
    """The source record that raised it."""
    rule: str
    score: float | None
    opened_at: datetime
    closed_at: datetime | None
    assignee: str
    decision: int | None
    """That answered it, or waits to be released."""
    decision_state: str


class Questions(msgspec.Struct, frozen=True):
    items: list[Question]
    next: str | None


class Side(msgspec.Struct, frozen=True):
    """One party."""

    ecif_no: str
    version: int
    values: list[Decided]
    records: list[Member]
    holdings: int


class Compared(msgspec.Struct, frozen=True):
    """One attribute on both sides."""

    attribute: str
    left: Shown | None
    right: Shown | None
    verdict: str
    """"same", "similar", "different", "missing"."""


class Weight(msgspec.Struct, frozen=True):
    """What one comparison says: log2 odds for (above 0) or against."""

    comparison: str
    level: str
    weight: float


class EvidenceAnswer(msgspec.Struct, frozen=True):
    """Both sides of a question. Its ETag holds the versions of both."""

    left: Side
    right: Side | None
    rows: list[Compared]
    rule: str
    against: list[str]
    score: float | None
    weights: list[Weight]


class Change(msgspec.Struct, frozen=True):
    attribute: str
    before: Shown | None
    after: Shown | None


class Told(msgspec.Struct, frozen=True):
    """A push that the decision would cause."""

    system: str
    customer_no: str
    ecif_no: str
    changes: list[Change]
    held: bool


class After(msgspec.Struct, frozen=True):
    """A party as it would be."""

    ecif_no: str
    version: int
    members: list[Member]
    changes: list[Change]
    values: list[Decided]


class PreviewAnswer(msgspec.Struct, frozen=True):
    parties: list[After]
    pushes: list[Told]
    against: list[str]
    second: str
    """The rule that asks for a second pair of eyes, or ""."""
    versions: dict[str, int]


class OutcomeAnswer(msgspec.Struct, frozen=True):
    """What became of a decision."""

    decision: int
    state: str
    """"taken"; "proposed" where it waits for a second pair of eyes; "rejected"."""
    ecif_no: str
    versions: dict[str, int]
    why: str


class DecisionAnswer(msgspec.Struct, frozen=True):
    id: int
    state: str
    """proposed, taken, rejected, undone"""
    decision: dict[str, Any]
    """What was decided, its `kind` first; a pinned value is masked."""
    ecif_nos: list[str]
    versions: dict[str, int]
    task: int
    actor: str
    reason: str
    decided_at: datetime
    second_actor: str
    second_reason: str
    settled_at: datetime | None


class DecisionsAnswer(msgspec.Struct, frozen=True):
    items: list[DecisionAnswer]
    next: str | None


# ---------------------------------------------------------------- taken
class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Because(_Asked, frozen=True, kw_only=True):
    """Why."""

    reason: Reason


class AskedMerge(_Asked, frozen=True, kw_only=True):
    survivor: EcifNumber
    absorbed: EcifNumber
    reason: Reason


class AskedSplit(_Asked, frozen=True, kw_only=True):
    """The number that was merged; If-Match names the party it was merged into."""

    absorbed: EcifNumber
    reason: Reason


class AskedMove(_Asked, frozen=True, kw_only=True):
    """A source record belongs to that party; to a new one where none is named."""

    system: Word
    customer_no: Word
    ecif_no: EcifNumber | None = None
    reason: Reason


class AskedPair(_Asked, frozen=True, kw_only=True):
    one: EcifNumber
    other: EcifNumber
    reason: Reason


class AskedPin(_Asked, frozen=True, kw_only=True):
    attribute: Word
    value: Said | None
    """Null lets the sources speak again."""
    reason: Reason

    def __post_init__(self) -> None:
        sized(self.value)


class AskedClaim(_Asked, frozen=True, kw_only=True):
    taken_from: Annotated[str, msgspec.Meta(max_length=80)] = ""
    """Who works on it now, where it is taken over."""
    give_back: bool = False


class AskedPreview(_Asked, frozen=True, kw_only=True):
    """One of the decisions, as `kind` says."""

    kind: Annotated[str, msgspec.Meta(pattern="^(merge|split|move|no_match|pin|unpin|withdraw)$")]
    survivor: EcifNumber | None = None
    absorbed: EcifNumber | None = None
    one: EcifNumber | None = None
    other: EcifNumber | None = None
    ecif_no: EcifNumber | None = None
    system: Word | None = None
    customer_no: Word | None = None
    attribute: Word | None = None
    value: Said | None = None

    def __post_init__(self) -> None:
        sized(self.value)
