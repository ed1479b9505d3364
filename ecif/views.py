"""The read side: what the API, the console and the command line show. Nothing here locks or changes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from ecif.cluster import pins_of
from ecif.model import Golden, Pin
from ecif.store import reports
from ecif.store.store import Store


class Member(msgspec.Struct, frozen=True):
    """One source record of a party."""

    system: str
    customer_no: str
    given_no: str
    """The ECIF number it was given; another than the party's after a merge."""
    seq: int
    pending: bool
    """A push is due or unanswered."""
    standoff: bool
    refused: bool
    last_error: str


class PartyView(msgspec.Struct, frozen=True):
    """One party now: the golden record with its lineage, its records, what was decided on it."""

    asked: str
    """The number it was asked by."""
    ecif_no: str
    """The number that resolves to."""
    version: int
    golden: Golden
    members: tuple[Member, ...]
    merged: tuple[str, ...]
    """Numbers that were merged into it."""
    pins: dict[str, tuple[Pin, ...]]


def party(store: Store, ecif_no: str) -> PartyView | None:
    """By current or former number; None where it was never given."""
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        if head is None:
            return None
        parties, records = reports.cluster(connection, head)
    current = next(stored.party for stored in parties if stored.party.ecif_no == head)
    members = (
        Member(
            system=stored.record.system,
            customer_no=stored.record.customer_no,
            given_no=stored.record.party,
            seq=stored.record.seq,
            pending=stored.schedule.next_attempt is not None,
            standoff=stored.record.standoff,
            refused=bool(stored.record.refused),
            last_error=stored.schedule.last_error,
        )
        for stored in sorted(records, key=lambda stored: stored.record.key)
    )
    return PartyView(
        asked=ecif_no,
        ecif_no=head,
        version=current.version,
        golden=current.golden,
        members=tuple(members),
        merged=tuple(sorted(stored.party.ecif_no for stored in parties if stored.party.ecif_no != head)),
        pins={name: tuple(pins) for name, pins in pins_of(stored.party for stored in parties).items()},
    )


def trace(
    store: Store, *, system: str = "", message_id: str = "", ecif_no: str = "", state: str = "",
    since: int = 0, limit: int = 100,
) -> list[dict[str, Any]]:  # fmt: skip
    """Journal rows, the newest first, as CONTRACT's `trace --json` names them. `since` in microseconds."""
    with store.reading() as connection:
        rows = reports.journal(
            connection, system=system, message_id=message_id, ecif_no=ecif_no, state=state, since=since,
            limit=limit,
        )  # fmt: skip
    return [
        {
            "at": moment(row.stored_at),
            "system": row.system,
            "direction": row.direction,
            "type": row.type,
            "id": row.message_id,
            "state": row.state,
            "code": row.code,
            "ecif_no": row.ecif_no,
            "version": row.version,
            "ms": row.ms,
        }
        for row in rows
    ]


def counts(store: Store) -> reports.Counts:
    """For metrics."""
    with store.reading() as connection:
        return reports.counts(connection)


def backlog(store: Store, systems: Iterable[str]) -> dict[str, reports.Backlog]:
    """What waits to be pushed, by system."""
    with store.reading() as connection:
        return reports.backlog(connection, systems)


def events(store: Store, ecif_no: str, limit: int = 50) -> list[dict[str, Any]]:
    """What changed in a party, the newest version first."""
    with store.reading() as connection:
        found = reports.events(connection, ecif_no, limit)
    return [row | {"difference": _before_and_after(row["difference"])} for row in found]


def _before_and_after(text: str) -> dict[str, Any]:
    found = msgspec.json.decode(text)
    return {name: change[:2] if isinstance(change, list) else change for name, change in found.items()}


def moment(microseconds: int) -> str:
    """RFC 3339, UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")
