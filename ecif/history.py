"""The past of a customer: as of any moment on both clocks, and what happened, one event after the other.

`held_at` asks when it held for the customer, `stored_at` when the hub knew it: "which address did he have in
March, and which did we believe in April that he had in March?" Values and their winners follow both clocks;
relations, members, merged numbers and pins are those that were stored by then. A number that was merged away
leads to where it led at that moment: the same number can be two customers before a merge, one after it, and
two again after a split.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ecif.model import Golden, Key, Pin, Relation
from ecif.past import Change, Entry, Held, State, after, changes, members, relations
from ecif.store import histories, proofs, reports
from ecif.store.reports import View
from ecif.store.store import Store

ALWAYS: Final = 2**62
"""Later than every moment."""


class PartyAsOf(msgspec.Struct, frozen=True):
    """One party at one moment."""

    asked: str
    """The number it was asked by."""
    ecif_no: str
    """The number that resolved to at that moment."""
    version: int
    seq: int
    """Number of the last event that counts."""
    changed_at: int
    """When that was stored, microseconds."""
    golden: Golden
    """Values with their winners, relations, members; its `as_of` is not kept."""
    merged: tuple[str, ...]
    """Numbers that were merged into it then."""
    pins: dict[str, tuple[Pin, ...]]
    complete: bool = True
    """False: older history was pruned, and something before it is not known any more."""


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to a party."""

    ecif_no: str
    seq: int
    version: int
    stored_at: int
    holds_from: int
    cause: str
    """image, reply, opening, merge, split, move, pin, … : what brought it about."""
    system: str
    message_id: str
    message_type: str
    customer_no: str
    actor: str
    reason: str
    changes: tuple[Change, ...]
    came: tuple[Key, ...]
    """Source records that joined."""
    went: tuple[Key, ...]
    relations_came: tuple[tuple[str, str, Relation], ...]
    relations_went: tuple[tuple[str, str, Relation], ...]
    merged_into: str | None
    """The number it was merged into; "" where a split took that back; None: neither."""
    decided: dict[str, Any]
    """What a steward decided without changing a value."""


class Page(msgspec.Struct, frozen=True):
    events: tuple[Event, ...]
    """The newest first."""
    next: str
    """Cursor of the following page; "" for none."""


class BadCursor(ValueError):
    """Not a cursor that `events` gave."""


# ---------------------------------------------------------------- as of a moment


def as_of(
    store: Store, ecif_no: str, held_at: int | None = None, stored_at: int | None = None
) -> PartyAsOf | None:
    """None where the number was not given yet. Moments in microseconds; None means now. Before the oldest
    event that is kept nothing is told but that something was (`complete` is False)."""
    known = ALWAYS if stored_at is None else stored_at
    with store.reading() as connection:
        found = _resolved(connection, ecif_no, known)
        if found is None:
            return None
        number, state = found
        golden, complete = state.golden, state.seq > 0
        if held_at is not None:
            golden, complete = _held(connection, number, state, held_at)
        merged = _merged(connection, number, known)
        pins = histories.pins(connection, [number, *merged], known)
    return PartyAsOf(
        asked=ecif_no,
        ecif_no=number,
        version=state.version,
        seq=state.seq,
        changed_at=state.stored_at,
        golden=golden,
        merged=merged,
        pins={name: tuple(made) for name, made in pins.items()},
        complete=complete,
    )


def _resolved(connection: View, number: str, known: int) -> tuple[str, State] | None:
    """The number that this one led to then, and its state."""
    state = state_at(connection, number, known)
    seen = {number}
    while state is not None and state.merged_into and state.merged_into not in seen:
        number = state.merged_into
        seen.add(number)
        state = state_at(connection, number, known)
    return None if state is None else (number, state)


def state_at(connection: View, number: str, known: int) -> State | None:
    """From the snapshot before it and the events since: no more than `chaining.SNAPSHOT_EVERY` of them."""
    upto = histories.last_event(connection, number, known)
    if upto is None:
        return State() if proofs.checkpoint(connection, number) else None
    state, base = State(), histories.snapshot(connection, number, upto)
    if base is not None:
        seq, golden, merged_into = base
        # The snapshot holds all but version and time, which its own event tells.
        (entry,) = histories.events(connection, number, seq - 1, seq)
        state = State(seq, entry.version, entry.stored_at, replace(golden, as_of=0), merged_into)
    elif (checkpoint := proofs.checkpoint(connection, number)) is not None:
        golden, merged_into = checkpoint.golden()
        state = State(checkpoint.seq, golden=golden, merged_into=merged_into)
    for entry in histories.events(connection, number, state.seq, upto):
        state = after(state, entry)
    return state


def _held(connection: View, number: str, state: State, moment: int) -> tuple[Golden, bool]:
    held = Held(moment)
    for entry in histories.events_backwards(connection, number, state.seq):
        held.hear(entry)
    pruned = proofs.checkpoint(connection, number)
    complete = pruned is None or not held.hear_state(pruned.golden()[0])
    return replace(state.golden, values=held.values()), complete


def _merged(connection: View, number: str, known: int) -> tuple[str, ...]:
    """Numbers that led to this one then, straight or through others."""
    found: set[str] = set()
    frontier = {number}
    while frontier:
        candidates = histories.absorbed(connection, sorted(frontier), known) - found - {number}
        states = {one: state_at(connection, one, known) for one in candidates}
        frontier = {one for one, state in states.items() if state and state.merged_into in frontier}
        found |= frontier
    return tuple(sorted(found))


# ---------------------------------------------------------------- what happened


def events(store: Store, ecif_no: str, cursor: str = "", limit: int = 50) -> Page:
    """Of the party and of all numbers merged into it, the newest first."""
    before = _position(cursor)
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        numbers = histories.numbers_of(connection, head) if head else []
        rows = histories.timeline(connection, numbers, before, limit + 1) if numbers else []
    page = rows[:limit]
    following = _cursor(page[-1][0]) if len(rows) > limit else ""
    return Page(tuple(_event(entry, *message) for entry, message in page), following)


def _event(entry: Entry, message_id: str, message_type: str, customer_no: str) -> Event:
    came, went = members(entry)
    said = relations(entry) or ((), ())
    merged = entry.difference.get("merged_into")
    return Event(
        ecif_no=entry.ecif_no,
        seq=entry.seq,
        version=entry.version,
        stored_at=entry.stored_at,
        holds_from=entry.holds_from,
        cause=entry.cause,
        system=entry.system,
        message_id=message_id,
        message_type=message_type,
        customer_no=customer_no,
        actor=entry.actor,
        reason=entry.reason,
        changes=tuple(changes(entry)),
        came=came,
        went=went,
        relations_came=tuple(one for one in said[1] if one not in said[0]),
        relations_went=tuple(one for one in said[0] if one not in said[1]),
        merged_into=None if merged is None else merged[1] or "",
        decided=dict(entry.difference.get("decided", {})),
    )


def _cursor(entry: Entry) -> str:
    return f"{entry.stored_at}.{entry.ecif_no}.{entry.seq}"


def _position(cursor: str) -> histories.Position | None:
    if not cursor:
        return None
    try:
        stored_at, number, seq = cursor.split(".")
        return int(stored_at), number, int(seq)
    except ValueError:
        raise BadCursor("no cursor of this list") from None
