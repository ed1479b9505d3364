"""Carries out a steward's decision on the parties of one transaction.

Each decision is an event of every party it concerns, with actor and reason, and leaves behind what it
replaced (`Replaced`), by which `ecif.undoing` takes it back.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

import msgspec

from ecif import linking, match_index, same_party, stewardship
from ecif.cluster import Cluster
from ecif.decisions import (
    Decision,
    Dismiss,
    Merge,
    Move,
    NoMatch,
    Pin,
    RecordNoMatch,
    Rematch,
    Replaced,
    Restore,
    Resume,
    Split,
    Unpin,
    Withdraw,
    numbers_of,
    record_of,
)
from ecif.model import FAMILIES, SINGLE, Key, SourceRecord, Value
from ecif.stewardship import NotPossible, note
from ecif.store.rows import Row
from ecif.survivorship import contributes
from ecif.work import Cause, Work


# ---------------------------------------------------------------- whom it concerns
def concerned(work: Work, decision: Decision) -> list[Cluster]:
    """The parties a decision is about, as they are before it. Raises NotPossible for what nobody knows."""
    found = clusters(work, *numbers_of(decision))
    key = record_of(decision)
    if key is not None:
        found.append(work.cluster_of(record(work, key)))
    if isinstance(decision, Dismiss):
        found += clusters(work, *parties_of_task(task(work, decision.task)))
    return list({cluster.head: cluster for cluster in found}.values())


def clusters(work: Work, *numbers: str) -> list[Cluster]:
    """The parties these numbers belong to now."""
    work.unit.load_parties(numbers)
    if any(number not in work.unit.parties for number in numbers):
        raise NotPossible("no such ECIF number")
    return [work.unit.cluster_of(number) for number in numbers]


def record(work: Work, key: Key) -> SourceRecord:
    work.unit.load_records([key])
    found = work.record(key)
    if found is None:
        raise NotPossible("no such source record")
    return found


def task(work: Work, number: int) -> Row:
    found = work.unit.steward.task(number)
    if found is None:
        raise NotPossible("no such review task")
    return found


def check_nobody_elses(work: Work, task: int, actor: str) -> None:
    """What somebody else works on is not judged beside him: it is taken over first, or given back."""
    holder = work.unit.steward.claim(task)
    if holder not in ("", actor[:80]):
        raise NotPossible(f"{holder} works on it: claim it from him first")


def parties_of_task(row: Row) -> list[str]:
    return [number for number in (row["ecif_no"], row["other"]) if number]


# ---------------------------------------------------------------- taking
def take(work: Work, decision: Decision, cause: Cause) -> Replaced:
    """It takes effect. `Undo` is `ecif.undoing`."""
    taker: Callable[[Work, Any, Cause], Replaced] = _TAKERS[type(decision)]
    return taker(work, decision, cause)


def _merge(work: Work, decision: Merge, cause: Cause) -> Replaced:
    kept, gone = clusters(work, decision.survivor, decision.absorbed)
    asked = work.unit.rows.reviews(same_party.subjects(kept, gone))
    linking.absorb(work, kept, gone, cause)
    reviews = tuple([number for _, closed, number in asked if not closed])
    return Replaced(into=kept.head, party=gone.head, reviews=reviews)


def _split(work: Work, decision: Split, cause: Cause) -> Replaced:
    (cluster,) = clusters(work, decision.absorbed)
    into, head = work.unit.parties[decision.absorbed].merged_into, cluster.head
    stewardship.split(work, decision.absorbed, cause)
    match_index.reindex(work, head, decision.absorbed)
    return Replaced(into=into, pairs=_apart(work, head, decision.absorbed, cause))


def _move(work: Work, decision: Move, cause: Cause) -> Replaced:
    before = record(work, (decision.system, decision.customer_no))
    number = decision.ecif_no or work.new_party().head
    clusters(work, number)
    if before.party == number:
        raise NotPossible("the record belongs to this party already")
    source, target = work.cluster_of(before), work.unit.cluster_of(number)
    carry(work, before, number, cause)
    pairs = _apart(work, source.head, target.head, cause) if source is not target else ()
    return Replaced(into=number, party=before.party, pairs=pairs)


def carry(work: Work, moved: SourceRecord, number: str, cause: Cause) -> None:
    source, target = work.cluster_of(moved), work.unit.cluster_of(number)
    stewardship.move(work, moved, number, cause)
    match_index.reindex(work, source.head, target.head)
    if source is target:
        note(work, source, cause, record=moved.key, ecif_no=number)


def _apart(work: Work, one: str, other: str, cause: Cause) -> tuple[tuple[str, str], ...]:
    """No rule puts them together again."""
    low, high = sorted((one, other))
    said = same_party.declare_different(work, low, high, actor=cause.actor, reason=cause.reason)
    return ((low, high),) if said else ()


def _no_match(work: Work, decision: NoMatch, cause: Cause) -> Replaced:
    one, other = clusters(work, decision.one, decision.other)
    if one is other:
        raise NotPossible("these numbers are one party: split it instead")
    pairs = _apart(work, one.head, other.head, cause)
    reviews = work.close_reviews(same_party.subjects(one, other))
    note_all(work, (one, other), cause, decision)
    return Replaced(pairs=pairs, reviews=tuple(reviews))


def _record_no_match(work: Work, decision: RecordNoMatch, cause: Cause) -> Replaced:
    said = record(work, (decision.system, decision.customer_no))
    (other,) = clusters(work, decision.ecif_no)
    mine = work.cluster_of(said)
    if mine is other:
        raise NotPossible("the record belongs to this party: move it instead")
    known = {row["ecif_no"] for row in work.unit.steward.record_pairs_of_key(said.key)}
    note_all(work, (mine, other), cause, decision)
    if other.head in known:
        return Replaced()
    work.unit.steward.record_pairs.append(_record_pair(work, said.key, other.head, cause))
    reviews = work.close_reviews(same_party.subjects(mine, other))
    return Replaced(records=((*said.key, other.head),), reviews=tuple(reviews))


def _record_pair(work: Work, key: Key, number: str, cause: Cause) -> Row:
    return {
        "system": key[0],
        "customer_no": key[1],
        "ecif_no": number,
        "actor": cause.actor[:80] or None,
        "reason": cause.reason[:400] or None,
        "decided_at": work.now,
    }


def _rematch(work: Work, decision: Rematch, cause: Cause) -> Replaced:
    one, other = clusters(work, decision.one, decision.other)
    pairs, records = declared(work, one, other)
    if not pairs and not records:
        raise NotPossible("nobody declared these parties different")
    rows = work.unit.steward
    rows.dropped_pairs |= {(str(row["low"]), str(row["high"])) for row in pairs}
    rows.dropped_record_pairs |= {(row["system"], row["customer_no"], row["ecif_no"]) for row in records}
    note_all(work, (one, other), cause, decision)
    look_again(work, one, cause)
    return Replaced(dropped=tuple(pairs), dropped_records=tuple(records))


def declared(work: Work, one: Cluster, other: Cluster) -> tuple[list[Row], list[Row]]:
    """What says that these two are not one customer: pairs of numbers, records and numbers."""
    sides = ((one, other), (other, one))
    work.unit.load_members((one, other))
    pairs = [
        row
        for row in work.unit.steward.pairs(one.numbers | other.numbers)
        if any(row["low"] in a.numbers and row["high"] in b.numbers for a, b in sides)
    ]
    records = [
        row
        for row in work.unit.steward.record_pairs_of(one.numbers | other.numbers)
        if any(_key(row) in a.keys and row["ecif_no"] in b.numbers for a, b in sides)
    ]
    return pairs, records


def _key(row: Row) -> Key:
    return (row["system"], row["customer_no"])


def look_again(work: Work, cluster: Cluster, cause: Cause) -> None:
    """The rules look whom else this party may be."""
    members = work.unit.members(cluster)
    if members:
        linking.relink(work, cluster, members[0], cause)


def _pin(work: Work, decision: Pin, cause: Cause) -> Replaced:
    clusters(work, decision.ecif_no)
    carried = {name for dialect in work.setting.dialects.values() for name in dialect.carries}
    wrong = wrong_pin(decision.attribute, decision.value, carried)
    if wrong:
        raise NotPossible(wrong)
    at = stewardship.pin(work, decision.ecif_no, decision.attribute, decision.value, cause)
    return Replaced(pinned_at=at)


def wrong_pin(attribute: str, value: Value, carried: Collection[str]) -> str:
    """What is wrong with a value to be pinned; "" for nothing. `carried`: attributes that systems know."""
    family, _, key = attribute.partition(":")
    if family in FAMILIES:
        if key not in FAMILIES[family]:
            return f"{family} is pinned by its type or use, as {family}:{FAMILIES[family][0]}"
        entry = family != "phone"
    elif attribute in SINGLE or attribute in carried:
        entry = False
    else:
        return "no such attribute"
    if entry:
        return "" if isinstance(value, tuple) and len(value) == 2 and value[0] else _ENTRY
    return "" if isinstance(value, str) and value else "the value is a text that is not empty"


_ENTRY: Final = "the value is a pair: number and expiry, or line and postcode; the second may be missing"


def _unpin(work: Work, decision: Unpin, cause: Cause) -> Replaced:
    clusters(work, decision.ecif_no)
    at = stewardship.pin(work, decision.ecif_no, decision.attribute, None, cause)
    return Replaced(pinned_at=at)


def _withdraw(work: Work, decision: Withdraw, cause: Cause) -> Replaced:
    said = record(work, (decision.system, decision.customer_no))
    if said.withdrawn:
        raise NotPossible("the record is withdrawn already")
    cluster = work.cluster_of(said)
    others = [other for other in work.unit.members(cluster) if other.key != said.key and not other.withdrawn]
    if not any(map(contributes, others)):
        raise NotPossible("no other record says anything of this party: nothing would be left of it")
    stewardship.withdraw(work, said, cause, withdrawn=True)
    match_index.reindex(work, cluster.head)
    return Replaced()


def _restore(work: Work, decision: Restore, cause: Cause) -> Replaced:
    said = record(work, (decision.system, decision.customer_no))
    if not said.withdrawn:
        raise NotPossible("the record is not withdrawn")
    stewardship.withdraw(work, said, cause, withdrawn=False)
    look_again(work, work.cluster_of(said), cause)
    return Replaced()


def _resume(work: Work, decision: Resume, cause: Cause) -> Replaced:
    said = record(work, (decision.system, decision.customer_no))
    stewardship.release(work, [said.key])
    note(work, work.cluster_of(said), cause, record=said.key)
    return Replaced()


def _dismiss(work: Work, decision: Dismiss, cause: Cause) -> Replaced:
    row = task(work, decision.task)
    if row["closed_at"]:
        raise NotPossible("the question is answered already")
    closed = work.close_reviews([str(row["subject"])])
    note_all(work, clusters(work, *parties_of_task(row)), cause, decision)
    return Replaced(reviews=tuple(closed))


def note_all(work: Work, found: Iterable[Cluster], cause: Cause, decision: Decision) -> None:
    what = msgspec.to_builtins(decision)
    for cluster in {cluster.head: cluster for cluster in found}.values():
        note(work, cluster, cause, **what)


_TAKERS: Final[dict[type, Callable[[Work, Any, Cause], Replaced]]] = {
    Merge: _merge,
    Split: _split,
    Move: _move,
    NoMatch: _no_match,
    RecordNoMatch: _record_no_match,
    Rematch: _rematch,
    Pin: _pin,
    Unpin: _unpin,
    Withdraw: _withdraw,
    Restore: _restore,
    Resume: _resume,
    Dismiss: _dismiss,
}
