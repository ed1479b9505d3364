"""Merge, split, move, pin, withdraw, release: each changes who belongs together or who decides, then
recomputes.

Nothing is undone: contributions and what each system holds stay with their records, pins with the ECIF
number they were set on; the golden records are computed anew for whoever is together now. Every party
concerned gets a version above all that any of them had, so that pushed versions never fall.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from ecif.cluster import Cluster, resolve
from ecif.model import Key, Pin, SourceRecord, Value
from ecif.reconcile.push import released
from ecif.work import Cause, Work, highest


class NotPossible(Exception):
    """The steward asked for something that cannot be done; the text says why."""


class Changed(NotPossible):
    """The party is not what it was when the steward looked at it: look again, decide again."""


def merge(work: Work, survivor: str, absorbed: str, cause: Cause) -> Cluster:
    """`absorbed`, a head, redirects to `survivor` from now on: a number of another party."""
    unit = work.unit
    kept, gone = unit.cluster_of(survivor), unit.cluster_of(absorbed)
    if kept is gone:
        raise NotPossible("a party cannot be merged with itself")
    if gone.head != absorbed:
        raise NotPossible("this ECIF number is merged already")
    unit.load_members((kept, gone))
    del unit.clusters[absorbed]
    above = highest(unit.parties[number] for number in kept.numbers | gone.numbers)
    unit.parties[absorbed] = replace(unit.parties[absorbed], merged_into=survivor)
    moved = [unit.records[key] for key in sorted(gone.keys)]
    kept.numbers |= gone.numbers
    kept.keys |= gone.keys
    work.empty(absorbed, above + 1, cause)
    work.recompute(kept, cause, above=above)
    _remember(work, "merge", survivor, absorbed, moved, cause)
    return kept


def split(work: Work, absorbed: str, cause: Cause) -> None:
    """`absorbed` stands for itself again, with exactly what came with it."""
    unit = work.unit
    party = unit.parties[absorbed]
    if not party.merged_into:
        raise NotPossible("this ECIF number was not merged")
    head = resolve(absorbed, unit.parties)
    unit.load_members([unit.clusters[head]])
    concerned = set(unit.clusters[head].numbers)
    above = highest(unit.parties[number] for number in concerned)
    unit.parties[absorbed] = replace(party, merged_into="")
    unit.rebuild_clusters(concerned)
    for number in (head, absorbed):
        work.recompute(unit.clusters[number], cause, above=above)
    moved = [unit.records[key] for key in sorted(unit.clusters[absorbed].keys)]
    _remember(work, "split", head, absorbed, moved, cause)


def move(work: Work, record: SourceRecord, number: str, cause: Cause) -> SourceRecord:
    """The record belongs to `number` now; what it holds and contributes goes with it."""
    unit = work.unit
    source, target = work.cluster_of(record), unit.cluster_of(number)
    unit.load_members((source, target))
    moved = replace(record, party=number)
    above = highest(unit.parties[n] for n in source.numbers | target.numbers)
    work.put(moved)
    if source is not target:
        source.keys.discard(record.key)
        target.keys.add(record.key)
        for cluster in (source, target):
            work.recompute(cluster, cause, above=above)
    _remember(work, "move", number, record.party, [record], cause)
    return moved


def pin(work: Work, number: str, attribute: str, value: Value | None, cause: Cause) -> int:
    """A steward's decision; None lets the sources speak again. It ends the party's standoffs. Gives when."""
    party = work.unit.parties[number]
    before = party.pins.get(attribute, ())
    at = max([work.now, *(1 + earlier.at for earlier in before)])
    _set_pins(work, number, attribute, (*before, Pin(at, value, cause.actor, cause.reason)), cause)
    return at


def unpin_last(work: Work, number: str, attribute: str, cause: Cause) -> None:
    """As if the newest decision on it had never been made."""
    _set_pins(work, number, attribute, work.unit.parties[number].pins[attribute][:-1], cause)


def _set_pins(work: Work, number: str, attribute: str, pins: tuple[Pin, ...], cause: Cause) -> None:
    party = work.unit.parties[number]
    after = {name: kept for name, kept in {**party.pins, attribute: pins}.items() if kept}
    work.unit.parties[number] = replace(party, pins=after)
    cluster = work.unit.cluster_of(number)
    release(work, sorted(work.unit.keys(cluster)))
    note(work, cluster, cause, attribute=attribute)


def withdraw(work: Work, record: SourceRecord, cause: Cause, *, withdrawn: bool) -> None:
    """What it says counts no more, or again. It stays with its party; its system is told what others say."""
    work.put(replace(record, withdrawn=withdrawn))
    note(work, work.cluster_of(record), cause, withdrawn=withdrawn, record=record.key)


def note(work: Work, cluster: Cluster, cause: Cause, **what: Any) -> None:
    """A decision is an event of its party, even where no value changes."""
    before = work.head(cluster).events
    work.recompute(cluster, cause)
    if work.head(cluster).events == before:
        work.note(cluster.head, cause, **what)


def release(work: Work, keys: Sequence[Key]) -> None:
    """Ends the standoff of these records: what they hold is counted anew, and they may be pushed."""
    for key in keys:
        before = work.unit.records[key]
        after = released(before)
        if after != before:
            work.put(after)
    work.close_reviews(f"standoff:{system}:{customer_no}" for system, customer_no in keys)


def _remember(
    work: Work, kind: str, survivor: str, absorbed: str, moved: Iterable[SourceRecord], cause: Cause
) -> None:
    event = work.unit.new_number("task")
    work.unit.merges.append(
        {
            "id": event,
            "kind": kind,
            "survivor": survivor,
            "absorbed": absorbed,
            "actor": (cause.actor or cause.system)[:80] or None,
            "reason": cause.reason[:400] or None,
            "decided_at": work.now,
        }
    )
    work.unit.merge_members += [
        {
            "event": event,
            "system": record.system,
            "customer_no": record.customer_no,
            "from_no": absorbed if kind != "split" else survivor,
            "to_no": survivor if kind != "split" else absorbed,
        }
        for record in moved
    ]
