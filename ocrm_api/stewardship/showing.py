"""Evidence, previews and decisions as a member of staff may see them: masked, with times as moments."""

from typing import Any

import msgspec

from ecif import previewing, review_queue
from ecif.decisions import Outcome, Pin, kind_of
from ecif.model import Key, Value
from ecif.side_by_side import Evidence
from ecif.side_by_side import Side as EcifSide
from ocrm_api.parties.reading import Reader, decided, maybe_moment, moment, shown
from ocrm_api.parties.schema import Member, Shown
from ocrm_api.stewardship.schema import (
    After,
    Change,
    Compared,
    DecisionAnswer,
    EvidenceAnswer,
    OutcomeAnswer,
    PreviewAnswer,
    Question,
    Side,
    Told,
    Weight,
)


def question(one: review_queue.Review) -> Question:
    return Question(
        id=one.id,
        kind=one.kind,
        state="closed" if one.closed_at else "open",
        ecif_no=one.ecif_no,
        other=one.other,
        system=one.system,
        customer_no=one.customer_no,
        rule=one.rule,
        score=one.score,
        opened_at=moment(one.opened_at),
        closed_at=maybe_moment(one.closed_at or None),
        assignee=one.assignee,
        decision=one.answer.decision if one.answer else None,
        decision_state=one.answer.state if one.answer else "",
    )


def evidence(found: Evidence, reader: Reader) -> EvidenceAnswer:
    return EvidenceAnswer(
        left=_side(found.left, reader),
        right=None if found.right is None else _side(found.right, reader),
        rows=[
            Compared(
                row.attribute,
                _maybe(row.attribute, row.left, reader),
                _maybe(row.attribute, row.right, reader),
                row.verdict,
            )
            for row in found.rows
        ],
        rule=found.rule,
        against=list(found.against),
        score=found.score,
        weights=[Weight(one.comparison, one.level, one.weight) for one in found.weights],
    )


def versions_of(found: Evidence) -> dict[str, int]:
    sides = [found.left] if found.right is None else [found.left, found.right]
    return {side.ecif_no: side.version for side in sides}


def preview(found: previewing.Preview, reader: Reader) -> PreviewAnswer:
    return PreviewAnswer(
        parties=[_after(one, reader) for one in found.parties],
        pushes=[
            Told(one.system, one.customer_no, one.ecif_no, _changes(one.changes, reader), one.held)
            for one in found.pushes
        ],
        against=list(found.against),
        second=found.second,
        versions=found.versions,
    )


def outcome(one: Outcome) -> OutcomeAnswer:
    return OutcomeAnswer(one.decision, one.state, one.ecif_no, one.versions, one.why)


def decision(one: review_queue.DecisionView, reader: Reader) -> DecisionAnswer:
    told: dict[str, Any] = {"kind": kind_of(one.decision), **msgspec.structs.asdict(one.decision)}
    if isinstance(one.decision, Pin):
        told["value"] = shown(one.decision.attribute, one.decision.value, reader)
    return DecisionAnswer(
        id=one.id,
        state=one.state,
        decision=told,
        ecif_nos=list(one.ecif_nos),
        versions=one.versions,
        task=one.task,
        actor=one.actor,
        reason=one.reason,
        decided_at=moment(one.decided_at),
        second_actor=one.second_actor,
        second_reason=one.second_reason,
        settled_at=maybe_moment(one.settled_at or None),
    )


def _side(one: EcifSide, reader: Reader) -> Side:
    values = [decided(value, reader) for value in one.values]
    return Side(one.ecif_no, one.version, values, _members(one.records), one.holdings)


def _after(one: previewing.After, reader: Reader) -> After:
    values = [decided(value, reader) for value in one.values]
    return After(one.ecif_no, one.version, _members(one.members), _changes(one.changes, reader), values)


def _members(keys: tuple[Key, ...]) -> list[Member]:
    return [Member(*key) for key in keys]


def _changes(changes: tuple[previewing.Change, ...], reader: Reader) -> list[Change]:
    return [
        Change(
            one.attribute, _maybe(one.attribute, one.before, reader), _maybe(one.attribute, one.after, reader)
        )
        for one in changes
    ]


def _maybe(attribute: str, value: Value | None, reader: Reader) -> Shown | None:
    return None if value is None else shown(attribute, value, reader)
