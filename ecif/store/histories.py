"""Reads of change events and snapshots: of a party, as far as a moment, a page at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from ecif.model import Golden, Pin
from ecif.past import Entry
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.history_tables import party_snapshot
from ecif.store.rows import read_party, read_state

_e, _s, _g, _m, _p = t.change_event.c, party_snapshot.c, t.merge_event.c, t.message.c, t.party.c
PAGE = 200

_COLUMNS = (
    _e.ecif_no, _e.seq, _e.version, _e.cause, _e.system, _e.message_id, _e.actor, _e.reason, _e.holds_from,
    _e.stored_at, _e.difference,
)  # fmt: skip


def _entry(row: Any) -> Entry:
    number, seq, version, cause, system, message, actor, reason, holds_from, stored_at, difference = row[:11]
    return Entry(
        number, seq, version, cause, system or "", message, actor or "", reason or "", holds_from, stored_at,
        msgspec.json.decode(difference),
    )  # fmt: skip


def last_event(connection: Connection, ecif_no: str, stored_at: int) -> int | None:
    """Number of the newest event stored by then."""
    statement = select(func.max(_e.seq)).where(_e.ecif_no == ecif_no, _e.stored_at <= stored_at)
    return connection.execute(statement).scalar()


def snapshot(connection: Connection, ecif_no: str, seq: int) -> tuple[int, Golden, str] | None:
    """The newest up to that event: its number, golden record, where it was merged into."""
    statement = select(_s.seq, _s.state).where(_s.ecif_no == ecif_no, _s.seq <= seq).order_by(_s.seq.desc())
    row = connection.execute(statement.limit(1)).first()
    return None if row is None else (row[0], *read_state(row[1]))


def events(connection: Connection, ecif_no: str, above: int, upto: int) -> Iterator[Entry]:
    """In their order."""
    statement = select(*_COLUMNS).where(_e.ecif_no == ecif_no, _e.seq > above, _e.seq <= upto)
    for row in connection.execute(statement.order_by(_e.seq)):
        yield _entry(row)


def events_backwards(connection: Connection, ecif_no: str, upto: int) -> Iterator[Entry]:
    statement = select(*_COLUMNS).where(_e.ecif_no == ecif_no).order_by(_e.seq.desc()).limit(PAGE)
    rows = connection.execute(statement.where(_e.seq <= upto)).all()
    while rows:
        yield from map(_entry, rows)
        rows = connection.execute(statement.where(_e.seq < rows[-1][1])).all()


def absorbed(connection: Connection, survivors: Sequence[str], stored_at: int) -> set[str]:
    """Numbers ever merged straight into one of these, by then."""
    found: set[str] = set()
    for keys in q.chunks(survivors):
        statement = select(_g.absorbed).where(
            _g.survivor.in_(keys), _g.kind == "merge", _g.decided_at <= stored_at
        )
        found.update(row[0] for row in connection.execute(statement))
    return found


def pins(connection: Connection, numbers: Sequence[str], stored_at: int) -> dict[str, list[Pin]]:
    """Attribute → what stewards had decided by then on any of these numbers, oldest first."""
    found: dict[str, list[Pin]] = {}
    for keys in q.chunks(numbers):
        statement = select(*q.PARTY_COLUMNS).where(_p.ecif_no.in_(keys))
        for row in connection.execute(statement):
            for attribute, made in read_party(row).party.pins.items():
                found.setdefault(attribute, []).extend(pin for pin in made if pin.at <= stored_at)
    return {name: sorted(made, key=_order) for name, made in found.items() if made}


def _order(pin: Pin) -> tuple[int, str]:
    return pin.at, str(pin.value)


def numbers_of(connection: Connection, head: str) -> list[str]:
    """Every ECIF number that resolves to it now."""
    statement = select(_p.ecif_no).where(_p.head == head).order_by(_p.ecif_no)
    return [row[0] for row in connection.execute(statement)]


Position = tuple[int, str, int]
"""(stored at, ECIF number, number of the event)"""


def timeline(
    connection: Connection, numbers: Sequence[str], before: Position | None, limit: int
) -> list[tuple[Entry, tuple[str, str, str]]]:
    """The newest first, each with its message's (id, type, customer number)."""
    statement = (
        select(*_COLUMNS, _m.message_id, _m.message_type, _m.customer_no)
        .select_from(t.change_event.outerjoin(t.message, _m.id == _e.message_id))
        .where(_e.ecif_no.in_(list(numbers)[: q.IN_LIST]))
        .order_by(_e.stored_at.desc(), _e.ecif_no.desc(), _e.seq.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(_earlier(before))
    rows = connection.execute(statement)
    return [(_entry(row), (row[11] or "", row[12] or "", row[13] or "")) for row in rows]


def _earlier(before: Position) -> Any:
    stored_at, number, seq = before
    return or_(
        _e.stored_at < stored_at,
        and_(_e.stored_at == stored_at, _e.ecif_no < number),
        and_(_e.stored_at == stored_at, _e.ecif_no == number, _e.seq < seq),
    )
