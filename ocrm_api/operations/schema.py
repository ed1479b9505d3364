"""What operators see and order."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from ocrm_api.bodies import Reason
from ocrm_api.parties.schema import Message
from ocrm_api.progress import Told


class SystemState(msgspec.Struct, frozen=True):
    """One system: is it there, what does it still have to hear, since when."""

    name: str
    title: str
    format: str
    framing: str
    secured: list[str]
    takes_pushes: bool
    paused: bool | None
    """Null while the hub is silent, as all that only it knows."""
    shadow: bool | None
    """Its pushes are made and shown in the journal, not sent."""
    sessions: int | None
    messages_in: int | None
    """Since the hub started."""
    messages_out: int | None
    refused: int | None
    open_pushes: int | None
    pending: int
    """Customers whose newest version it has not confirmed."""
    oldest_seconds: float
    """How long the longest of them waits."""
    set_aside: int


class SystemStates(msgspec.Struct, frozen=True):
    items: list[SystemState]


class HubState(msgspec.Struct, frozen=True):
    ready: bool
    started: datetime | None
    parties: int
    source_records: int
    open_questions: int
    set_aside: int
    pending: int
    in_per_second: float | None
    """Over the last minute."""
    out_per_second: float | None
    ack_p50_ms: float | None
    """An upper bound: of the bucket it falls in."""
    ack_p99_ms: float | None
    queued: int | None


class AsideMessage(msgspec.Struct, frozen=True):
    """A message that waits for an operator."""

    message: Message
    reason: str


class AsideMessages(msgspec.Struct, frozen=True):
    items: list[AsideMessage]
    next: str | None
    count: int


class Stretch(msgspec.Struct, frozen=True):
    """Some bytes of a message."""

    offset: int
    size: int
    field: str
    hex: str
    value: str
    rule: str
    """What is wrong with it; "" for nothing."""


class DumpAnswer(msgspec.Struct, frozen=True):
    """A message, byte by byte, masked."""

    message: Message
    text: str
    size: int | None
    """Null where its bytes are no longer kept, or are not shown."""
    restricted: bool
    """It is of a customer whose data is restricted: neither whose it is nor what it says is shown."""
    stretches: list[Stretch]
    faults: list[Stretch]


class ReplayAnswer(msgspec.Struct, frozen=True):
    row: int
    outcome: str
    """applied, unchanged, review, stale, answered, replayed, overtaken, discarded, settled; still aside:
    refused, failed, lost."""
    code: str
    reason: str


class ResyncAnswer(Told, frozen=True):
    """A system's customers being marked, page by page."""

    system: str
    looked_at: int
    marked: int
    """Newly to be pushed."""
    pending: int
    held: int
    empty: int
    rehearsed: bool


class ConfSection(msgspec.Struct, frozen=True):
    file: str
    section: str
    values: dict[str, Any]


class ConfAnswer(msgspec.Struct, frozen=True):
    """The conf as its files say it; secrets are left out."""

    items: list[ConfSection]


class Ordered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Reason


class AskedResync(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Reason
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """Only customers of whom something changed, or who were pushed something, from then on."""
    rehearse: bool = False
    """Only count."""


class AskedReplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Reason
    rehearse: bool = False
