"""The way of a decision: checked, taken at once or proposed to a second pair of eyes, released, rejected,
undone. Each function is one transaction's work.

A proposal remembers the versions of its parties. Released, it is decided on what is there then: if a party
became another one meanwhile the release is refused, and who proposed it looks again.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from ecif import deciding, four_eyes, undoing
from ecif.cluster import Cluster
from ecif.decisions import (
    Decision,
    Dismiss,
    Outcome,
    Replaced,
    Undo,
    decision_of,
    kind_of,
    numbers_of,
    text_of,
)
from ecif.stewardship import Changed, NotPossible
from ecif.store.stewards import Decided
from ecif.work import Cause, Work

PROPOSED: Final = "proposed"
TAKEN: Final = "taken"
REJECTED: Final = "rejected"
UNDONE: Final = "undone"

_json = msgspec.json.Encoder(order="sorted").encode
_versions = msgspec.json.Decoder(dict[str, int]).decode
_replaced = msgspec.json.Decoder(Replaced).decode


class Asked(msgspec.Struct, frozen=True):
    """A decision with who asks for it and what it was decided on."""

    decision: Decision
    actor: str
    reason: str
    expected: Mapping[str, int] = {}
    """ECIF number → version that the steward looked at."""
    task: int = 0
    """Review task that it answers."""
    request: str = ""
    """Under this key the same request may come again and is answered as before."""


# ---------------------------------------------------------------- decide
def decide(work: Work, asked: Asked) -> Outcome:
    if not asked.actor.strip():
        raise NotPossible("who decides must be named")
    earlier = work.unit.steward.by_request(asked.request) if asked.request else None
    if earlier is not None:
        return _answered(work, earlier, asked)
    if asked.task:
        deciding.check_nobody_elses(work, asked.task, asked.actor)
    found = concerned(work, asked.decision)
    check_expected(work, asked.expected)
    why = second_needed(work, asked.decision, found)
    if why:
        return _propose(work, asked, found, why)
    one = _row(work, asked, TAKEN)
    return _carry_out(work, one, asked.decision, found, new=True)


def check_expected(work: Work, expected: Mapping[str, int]) -> None:
    """Raises Changed where a party is not what the steward looked at."""
    for number, version in expected.items():
        (cluster,) = deciding.clusters(work, number)
        if cluster.head != number:
            raise Changed(f"{number} was merged into {cluster.head}")
        now = work.head(cluster).version
        if now != version:
            raise Changed(f"{number} has version {now}, not {version}")


def _answered(work: Work, earlier: Decided, asked: Asked) -> Outcome:
    if earlier.content != text_of(asked.decision) or earlier.actor != asked.actor[:80]:
        raise NotPossible("this request key was used for another decision")
    found = deciding.clusters(work, *work.unit.steward.parties_of(earlier.id))
    return outcome(work, earlier, found)


def second_needed(work: Work, decision: Decision, found: Iterable[Cluster]) -> str:
    """The rule that asks for a second pair of eyes; "" for none. What undoing brings about is looked at, too:
    it is no way round."""
    rules, goldens = work.setting.rules.four_eyes, [work.head(cluster).golden for cluster in found]
    effects = [decision]
    if isinstance(decision, Undo):
        effects += undoing.brought_back(work, decision_of(_known(work, decision.decision).content))
    return next(filter(None, (four_eyes.asked_for(rules, effect, goldens) for effect in effects)), "")


def concerned(work: Work, decision: Decision) -> list[Cluster]:
    if not isinstance(decision, Undo):
        return deciding.concerned(work, decision)
    taken = _known(work, decision.decision)
    if taken.state != TAKEN or taken.kind == "undo":
        raise NotPossible(f"this decision is {taken.state}" if taken.kind != "undo" else "an undo is final")
    numbers = work.unit.steward.parties_of(taken.id)
    later = work.unit.steward.later(taken.id, numbers)
    if later:
        raise NotPossible(f"later decisions build on it: {', '.join(map(str, later[:5]))}")
    found = deciding.clusters(work, *numbers)
    return list({cluster.head: cluster for cluster in found}.values())


def _known(work: Work, number: int) -> Decided:
    return _existing(work.unit.steward.decision(number))


def _existing(found: Decided | None) -> Decided:
    if found is None:
        raise NotPossible("no such decision")
    return found


# ---------------------------------------------------------------- taken
def _carry_out(work: Work, one: Decided, decision: Decision, found: list[Cluster], *, new: bool) -> Outcome:
    numbers = {number for cluster in found for number in cluster.numbers}
    who = ", ".join(filter(None, (one.actor, one.second_actor)))
    cause = Cause(one.kind, work.now, actor=who[:80], reason=one.reason)
    replaced = _effect(work, decision, cause)
    answered = replaced if isinstance(decision, Dismiss) else _close_task(work, one.task, replaced)
    named = (*numbers_of(decision), *filter(None, (answered.into,)))
    after = deciding.clusters(work, *named, *sorted(numbers))
    one = replace(one, undo=_json(answered).decode(), versions=_json(_current(work, after)).decode())
    _keep(work, one, after, new=new)
    return outcome(work, one, after)


def try_out(work: Work, decision: Decision) -> None:
    """Carried out as if by nobody, to look at what comes of it."""
    _effect(work, decision, Cause(kind_of(decision), work.now))


def _effect(work: Work, decision: Decision, cause: Cause) -> Replaced:
    if isinstance(decision, Undo):
        return _undo(work, decision, cause)
    return deciding.take(work, decision, cause)


def _undo(work: Work, decision: Undo, cause: Cause) -> Replaced:
    taken = _known(work, decision.decision)
    undoing.take_back(work, decision_of(taken.content), _replaced(taken.undo), cause)
    undone = replace(taken, state=UNDONE, settled_at=work.now, second_actor=cause.actor,
                     second_reason=cause.reason[:400])  # fmt: skip
    work.unit.steward.settled.append(undone)
    return Replaced()


def _close_task(work: Work, task: int, replaced: Replaced) -> Replaced:
    """The question that it answers, if it did not close it itself."""
    if not task:
        return replaced
    row = deciding.task(work, task)
    if row["closed_at"] or task in replaced.reviews:
        return replaced
    closed = work.close_reviews([str(row["subject"])])
    return replace(replaced, reviews=(*replaced.reviews, *closed))


def _keep(work: Work, one: Decided, after: Iterable[Cluster], *, new: bool) -> None:
    rows = work.unit.steward
    (rows.decisions if new else rows.settled).append(one)
    numbers = {number for cluster in after for number in cluster.numbers}
    known = set() if new else set(rows.parties_of(one.id))
    rows.concerned += [{"ecif_no": number, "decision": one.id} for number in sorted(numbers - known)]


def _row(work: Work, asked: Asked, state: str) -> Decided:
    if asked.task:
        deciding.task(work, asked.task)
    return Decided(
        id=work.unit.new_number("decision"),
        kind=kind_of(asked.decision),
        state=state,
        content=text_of(asked.decision),
        versions="{}",
        undo="",
        task=asked.task,
        actor=asked.actor[:80],
        reason=asked.reason[:400],
        decided_at=work.now,
        second_actor="",
        second_reason="",
        settled_at=0,
        request=asked.request[:120],
        rev=0,
    )


def _current(work: Work, found: Iterable[Cluster]) -> dict[str, int]:
    return {cluster.head: work.head(cluster).version for cluster in found}


def outcome(work: Work, one: Decided, found: list[Cluster], why: str = "") -> Outcome:
    head = found[0].head if found else ""
    return Outcome(one.id, one.state, head, _current(work, found), why)


# ---------------------------------------------------------------- proposed
def _propose(work: Work, asked: Asked, found: list[Cluster], why: str) -> Outcome:
    waiting = work.unit.steward.open_like(kind_of(asked.decision), text_of(asked.decision))
    if waiting is not None:
        return outcome(work, waiting, found, why)
    one = replace(_row(work, asked, PROPOSED), versions=_json(_current(work, found)).decode())
    _keep(work, one, found, new=True)
    return outcome(work, one, found, why)


def release(work: Work, number: int, actor: str, reason: str) -> Outcome:
    """A second person agrees: the decision is taken now."""
    one = _waiting(work, number)
    if not actor.strip() or actor.strip().casefold() == one.actor.strip().casefold():
        raise NotPossible("who proposed it cannot release it: a second person must")
    decision = decision_of(one.content)
    found = concerned(work, decision)
    before, now = _versions(one.versions), _current(work, found)
    if before != now:
        different = sorted(head for head in before.keys() | now.keys() if before.get(head) != now.get(head))
        raise Changed(f"changed since it was proposed: {', '.join(different)}; look again and propose anew")
    settled = replace(
        one, state=TAKEN, second_actor=actor[:80], second_reason=reason[:400], settled_at=work.now
    )
    return _carry_out(work, settled, decision, found, new=False)


def reject(work: Work, number: int, actor: str, reason: str) -> Outcome:
    """It is not done. Who proposed it may take it back so, too."""
    one = _waiting(work, number)
    if not actor.strip():
        raise NotPossible("who decides must be named")
    settled = replace(
        one, state=REJECTED, second_actor=actor[:80], second_reason=reason[:400], settled_at=work.now
    )
    work.unit.steward.settled.append(settled)
    return outcome(work, settled, deciding.clusters(work, *work.unit.steward.parties_of(number)))


def _waiting(work: Work, number: int) -> Decided:
    one = _existing(work.unit.steward.decision_held(number))
    if one.state != PROPOSED:
        raise NotPossible(f"this decision is {one.state}")
    return one
