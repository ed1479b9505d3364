"""Changes as the feed and delta files tell them."""

from datetime import datetime

import msgspec

from ocrm_api.parties.schema import Shown


class ChangeEvent(msgspec.Struct, frozen=True):
    """A version of a party. Read the party for what it is now; nothing of it stands here."""

    position: int
    """Of this feed: rises by one, never changes its meaning."""
    ecif_no: str
    seq: int
    """The event's number in the party's history."""
    version: int
    cause: str
    stored_at: datetime


class Changes(msgspec.Struct, frozen=True):
    items: list[ChangeEvent]
    cursor: str
    """To be sent next time, also when nothing came."""
    more: bool
    """There is more at once."""


class Delta(msgspec.Struct, frozen=True):
    """A party that changed on that day, as it was at the day's end."""

    ecif_no: str
    state: str
    """"current", "merged" (`merged_into` says where) or "gone" (nothing is kept of it)."""
    version: int
    changed_at: datetime
    merged_into: str
    values: dict[str, Shown]
    members: list[str]
    """`system:customer number`."""
