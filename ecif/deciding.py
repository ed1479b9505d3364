"""Carries out a steward's decision on the parties of one transaction, and takes it back.

Each decision is an event of every party it concerns, with actor and reason, and leaves behind what it
replaced (`Replaced`). Undoing puts exactly that back: the parties are then what they would be had the
decision not been, with all that came in between. So only a decision that no later one builds on can be
undone; an earlier one is answered by a new decision.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from ecif import linking, stewardship
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


def parties_of_task(row: Row) -> list[str]:
    return [number for number in (row["ecif_no"], row["other"]) if number]


# ---------------------------------------------------------------- taking
def take(work: Work, decision: Decision, cause: Cause) -> Replaced:
    """It takes effect. `Undo` is `take_back`."""
    taker: Callable[[Work, Any, Cause], Replaced] = _TAKERS[type(decision)]
    return taker(work, decision, cause)


def _merge(work: Work, decision: Merge, cause: Cause) -> Replaced:
    kept, gone = clusters(work, decision.survivor, decision.absorbed)
    asked = work.unit.load_reviews(linking.pair_subjects(kept, gone))
    linking.absorb(work, kept, gone, cause)
    reviews = tuple([number for _, closed, number in asked if not closed])
    return Replaced(into=kept.head, party=gone.head, reviews=reviews)


def _split(work: Work, decision: Split, cause: Cause) -> Replaced:
    (cluster,) = clusters(work, decision.absorbed)
    into, head = work.unit.parties[decision.absorbed].merged_into, cluster.head
    stewardship.split(work, decision.absorbed, cause)
    linking.reindex(work, head, decision.absorbed)
    return Replaced(into=into, pairs=_apart(work, head, decision.absorbed, cause))


def _move(work: Work, decision: Move, cause: Cause) -> Replaced:
    before = record(work, (decision.system, decision.customer_no))
    number = decision.ecif_no or work.new_party().head
    clusters(work, number)
    if before.party == number:
        raise NotPossible("the record belongs to this party already")
    source, target = work.cluster_of(before), work.unit.cluster_of(number)
    _carry(work, before, number, cause)
    pairs = _apart(work, source.head, target.head, cause) if source is not target else ()
    return Replaced(into=number, party=before.party, pairs=pairs)


def _carry(work: Work, moved: SourceRecord, number: str, cause: Cause) -> None:
    source, target = work.cluster_of(moved), work.unit.cluster_of(number)
    stewardship.move(work, moved, number, cause)
    linking.reindex(work, source.head, target.head)
    if source is target:
        note(work, source, cause, record=moved.key, ecif_no=number)


def _apart(work: Work, one: str, other: str, cause: Cause) -> tuple[tuple[str, str], ...]:
    """No rule puts them together again."""
    low, high = sorted((one, other))
    said = linking.declare_different(work, low, high, actor=cause.actor, reason=cause.reason)
    return ((low, high),) if said else ()


def _no_match(work: Work, decision: NoMatch, cause: Cause) -> Replaced:
    one, other = clusters(work, decision.one, decision.other)
    if one is other:
        raise NotPossible("these numbers are one party: split it instead")
    pairs = _apart(work, one.head, other.head, cause)
    reviews = work.close_reviews(linking.pair_subjects(one, other))
    _note(work, (one, other), cause, decision)
    return Replaced(pairs=pairs, reviews=tuple(reviews))


def _record_no_match(work: Work, decision: RecordNoMatch, cause: Cause) -> Replaced:
    said = record(work, (decision.system, decision.customer_no))
    (other,) = clusters(work, decision.ecif_no)
    mine = work.cluster_of(said)
    if mine is other:
        raise NotPossible("the record belongs to this party: move it instead")
    known = {row["ecif_no"] for row in work.unit.steward.record_pairs_of_key(said.key)}
    _note(work, (mine, other), cause, decision)
    if other.head in known:
        return Replaced()
    work.unit.steward.record_pairs.append(_record_pair(work, said.key, other.head, cause))
    reviews = work.close_reviews(linking.pair_subjects(mine, other))
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
    _note(work, (one, other), cause, decision)
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
    linking.reindex(work, cluster.head)
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
    _note(work, clusters(work, *parties_of_task(row)), cause, decision)
    return Replaced(reviews=tuple(closed))


def _note(work: Work, found: Iterable[Cluster], cause: Cause, decision: Decision) -> None:
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


# ---------------------------------------------------------------- taking back
def take_back(work: Work, decision: Decision, before: Replaced, cause: Cause) -> None:
    """As if it had not been decided. Raises NotPossible where what it did is not there any more."""
    backer = _BACKERS.get(type(decision))
    if backer is None:
        raise NotPossible("this kind of decision cannot be undone: decide anew")
    backer(work, decision, before, cause)
    rows = work.unit.steward
    rows.dropped_pairs |= set(before.pairs)
    rows.dropped_record_pairs |= set(before.records)
    rows.restored_pairs += [dict(row) for row in before.dropped]
    rows.record_pairs += [dict(row) for row in before.dropped_records]
    reopen(work, before.reviews)


def brought_back(work: Work, decision: Decision) -> list[Decision]:
    """The decisions that undoing this one amounts to."""
    match decision:
        case Merge():
            return [Split(decision.absorbed)]
        case Split():
            return [Merge(decision.absorbed, decision.absorbed)]
        case Pin() | Unpin():
            pins = work.unit.parties[decision.ecif_no].pins.get(decision.attribute, ())
            before = pins[-2].value if len(pins) > 1 else None
            return [_pinned(decision, before)]
        case Withdraw():
            return [Restore(decision.system, decision.customer_no)]
        case Restore():
            return [Withdraw(decision.system, decision.customer_no)]
        case NoMatch():
            return [Rematch(decision.one, decision.other)]
        case Rematch():
            return [NoMatch(decision.one, decision.other)]
        case Move():
            return [decision]
        case _:
            return []


def _pinned(decision: Pin | Unpin, value: Value | None) -> Decision:
    """The decision that this value is pinned there; None: nothing is."""
    if value is None:
        return Unpin(decision.ecif_no, decision.attribute)
    return Pin(decision.ecif_no, decision.attribute, value)


def reopen(work: Work, tasks: Sequence[int]) -> None:
    """Questions that were answered wait again, unless the same is asked already or has answered itself."""
    for number in tasks:
        row = task(work, number)
        sides = clusters(work, *parties_of_task(row))
        asked = any(not closed for _, closed, _ in work.unit.load_reviews([str(row["subject"])]))
        if row["closed_at"] and not asked and (len(sides) == 1 or sides[0] is not sides[1]):
            work.unit.steward.reopened.append(number)


def _unmerge(work: Work, decision: Merge, before: Replaced, cause: Cause) -> None:
    (cluster,) = clusters(work, before.party)
    if work.unit.parties[before.party].merged_into != before.into:
        raise NotPossible("the parties are not merged any more")
    head = cluster.head
    stewardship.split(work, before.party, cause)
    linking.reindex(work, head, before.party)


def _unsplit(work: Work, decision: Split, before: Replaced, cause: Cause) -> None:
    mine, _ = clusters(work, decision.absorbed, before.into)
    if mine.head != decision.absorbed:
        raise NotPossible("the party was merged with another since")
    stewardship.merge(work, before.into, decision.absorbed, cause)
    linking.reindex(work, work.unit.cluster_of(before.into).head, decision.absorbed)


def _unmove(work: Work, decision: Move, before: Replaced, cause: Cause) -> None:
    moved = record(work, (decision.system, decision.customer_no))
    if moved.party != before.into:
        raise NotPossible("the record was moved since")
    clusters(work, before.party)
    _carry(work, moved, before.party, cause)


def _unpair(work: Work, decision: NoMatch | Rematch, before: Replaced, cause: Cause) -> None:
    one, other = clusters(work, decision.one, decision.other)
    if one is other:
        raise NotPossible("the two became one party since: split it instead")
    if isinstance(decision, Rematch):  # what was asked since then is answered again
        work.close_reviews(linking.pair_subjects(one, other))
    _note(work, (one, other), cause, decision)


def _unpair_record(work: Work, decision: RecordNoMatch, before: Replaced, cause: Cause) -> None:
    _note(work, concerned(work, decision), cause, decision)


def _repin(work: Work, decision: Pin | Unpin, before: Replaced, cause: Cause) -> None:
    clusters(work, decision.ecif_no)
    pins = work.unit.parties[decision.ecif_no].pins.get(decision.attribute, ())
    if not pins or pins[-1].at != before.pinned_at:
        raise NotPossible("the value was decided anew since")
    stewardship.unpin_last(work, decision.ecif_no, decision.attribute, cause)


def _unwithdraw(work: Work, decision: Withdraw, before: Replaced, cause: Cause) -> None:
    _restore(work, Restore(decision.system, decision.customer_no), cause)


def _unrestore(work: Work, decision: Restore, before: Replaced, cause: Cause) -> None:
    _withdraw(work, Withdraw(decision.system, decision.customer_no), cause)


def _undismiss(work: Work, decision: Dismiss, before: Replaced, cause: Cause) -> None:
    _note(work, concerned(work, decision), cause, decision)


_BACKERS: Final[dict[type, Callable[[Work, Any, Replaced, Cause], None]]] = {
    Merge: _unmerge,
    Split: _unsplit,
    Move: _unmove,
    NoMatch: _unpair,
    Rematch: _unpair,
    RecordNoMatch: _unpair_record,
    Pin: _repin,
    Unpin: _repin,
    Withdraw: _unwithdraw,
    Restore: _unrestore,
    Dismiss: _undismiss,
}
