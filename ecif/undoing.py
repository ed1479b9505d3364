"""Takes a steward's decision back: the parties are what they would be had it not been, with all that came
in between.

Exactly what the decision replaced is put back (`Replaced`): what it declared is dropped, the questions it
answered are open again. So only a decision that no later one builds on can be undone; an earlier one is
answered by a new decision. What is nothing but a new decision (a standoff resumed) is not undone.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from ecif import match_index, same_party, stewardship
from ecif.deciding import carry, clusters, concerned, note_all, parties_of_task, record, take, task
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
    Split,
    Unpin,
    Withdraw,
)
from ecif.model import Value
from ecif.stewardship import NotPossible
from ecif.work import Cause, Work


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
        asked = any(not closed for _, closed, _ in work.unit.rows.reviews([str(row["subject"])]))
        if row["closed_at"] and not asked and (len(sides) == 1 or sides[0] is not sides[1]):
            work.unit.steward.reopened.append(number)


def _unmerge(work: Work, decision: Merge, before: Replaced, cause: Cause) -> None:
    (cluster,) = clusters(work, before.party)
    if work.unit.parties[before.party].merged_into != before.into:
        raise NotPossible("the parties are not merged any more")
    head = cluster.head
    stewardship.split(work, before.party, cause)
    match_index.reindex(work, head, before.party)


def _unsplit(work: Work, decision: Split, before: Replaced, cause: Cause) -> None:
    mine, _ = clusters(work, decision.absorbed, before.into)
    if mine.head != decision.absorbed:
        raise NotPossible("the party was merged with another since")
    stewardship.merge(work, before.into, decision.absorbed, cause)
    match_index.reindex(work, work.unit.cluster_of(before.into).head, decision.absorbed)


def _unmove(work: Work, decision: Move, before: Replaced, cause: Cause) -> None:
    moved = record(work, (decision.system, decision.customer_no))
    if moved.party != before.into:
        raise NotPossible("the record was moved since")
    clusters(work, before.party)
    carry(work, moved, before.party, cause)


def _unpair(work: Work, decision: NoMatch | Rematch, before: Replaced, cause: Cause) -> None:
    one, other = clusters(work, decision.one, decision.other)
    if one is other:
        raise NotPossible("the two became one party since: split it instead")
    if isinstance(decision, Rematch):  # what was asked since then is answered again
        work.close_reviews(same_party.subjects(one, other))
    note_all(work, (one, other), cause, decision)


def _unpair_record(work: Work, decision: RecordNoMatch, before: Replaced, cause: Cause) -> None:
    note_all(work, concerned(work, decision), cause, decision)


def _repin(work: Work, decision: Pin | Unpin, before: Replaced, cause: Cause) -> None:
    clusters(work, decision.ecif_no)
    pins = work.unit.parties[decision.ecif_no].pins.get(decision.attribute, ())
    if not pins or pins[-1].at != before.pinned_at:
        raise NotPossible("the value was decided anew since")
    stewardship.unpin_last(work, decision.ecif_no, decision.attribute, cause)


def _unwithdraw(work: Work, decision: Withdraw, before: Replaced, cause: Cause) -> None:
    take(work, Restore(decision.system, decision.customer_no), cause)


def _unrestore(work: Work, decision: Restore, before: Replaced, cause: Cause) -> None:
    take(work, Withdraw(decision.system, decision.customer_no), cause)


def _undismiss(work: Work, decision: Dismiss, before: Replaced, cause: Cause) -> None:
    note_all(work, concerned(work, decision), cause, decision)


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
