"""`/api/v1/reviews`, `/api/v1/decisions` and the acts on parties: what stewards do.

Whoever decides sends `If-Match` with the ETag of what was looked at, an `Idempotency-Key` and a reason. What
conf keeps for four eyes is proposed, and taken when a second person releases it.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from ecif.decisions import (
    Decision,
    Dismiss,
    Merge,
    Move,
    NoMatch,
    Outcome,
    Pin,
    Restore,
    Resume,
    Split,
    Unpin,
    Withdraw,
)
from ocrm_api import tags
from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.bodies import body
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.parties.routes import DENIED, EcifNo, Limit
from ocrm_api.stewardship import examples, showing
from ocrm_api.stewardship.desk import Desk, previewed
from ocrm_api.stewardship.schema import (
    AskedClaim,
    AskedMerge,
    AskedMove,
    AskedPair,
    AskedPin,
    AskedPreview,
    AskedSplit,
    Because,
    DecisionsAnswer,
    EvidenceAnswer,
    OutcomeAnswer,
    PreviewAnswer,
    Question,
    Questions,
)
from ocrm_api.tags import IfMatch

Looker = Annotated[Staff, needs("reviews.read")]
Decider = Annotated[Staff, needs("reviews.decide")]
Releaser = Annotated[Staff, needs("reviews.release")]
Merger = Annotated[Staff, needs("parties.merge")]
Pinner = Annotated[Staff, needs("parties.pin")]
Number = Annotated[int, Path(ge=1, le=2**53, examples=[17])]
System = Annotated[str, Path(max_length=40, examples=["core"])]
CustomerNo = Annotated[str, Path(max_length=80, examples=["0000000017"])]
ACTED = sorted({*DENIED, *once.PROBLEMS, *tags.PROBLEMS, 404, 415, 503})


def stewardship_routes(desk: Desk, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["stewardship"])
    acted = _Acting(desk, replies)

    # ------------------------------------------------------------ questions

    @router.get("/reviews", **described(Questions, *DENIED, 404, 409, 422, 503, example=examples.QUESTIONS))
    def questions(
        staff: Looker,
        kind: Annotated[str, Query(max_length=20)] = "",
        state: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
        assignee: Annotated[
            str | None, Query(max_length=80, description="`-`: those nobody works on.")
        ] = None,
        ecif_no: Annotated[str, Query(pattern=r"^([1-9][0-9]{11})?$")] = "",
        cursor: Annotated[str | None, Query(max_length=60, pattern=r"^[0-9]{1,18}\.[0-9]{1,15}$")] = None,
        limit: Limit = 50,
    ) -> Response:
        """The review queue, the oldest first."""
        found, following = desk.questions(
            staff,
            kind=kind,
            state="" if state == "all" else state,
            assignee="" if assignee == "-" else assignee,
            ecif_no=ecif_no,
            cursor=cursor or "",
            limit=limit,
        )
        return answer(Questions([showing.question(one) for one in found], following or None))

    @router.get("/reviews/{task}", **described(Question, *DENIED, 404, 422, 503))
    def question(task: Number, staff: Looker) -> Response:
        """One question."""
        return answer(showing.question(desk.question(task, staff)))

    @router.get(
        "/reviews/{task}/evidence",
        **described(EvidenceAnswer, *DENIED, 404, 409, 422, 503, example=examples.EVIDENCE),
    )
    def evidence(task: Number, staff: Looker) -> Response:
        """Both sides, what is the same and what differs, and what raised the question."""
        found = desk.evidence(task, staff)
        return answer(
            showing.evidence(found, staff), headers={"ETag": tags.tag_of(showing.versions_of(found))}
        )

    @router.get(
        "/parties/{ecif_no}/compare/{other}",
        **described(EvidenceAnswer, *DENIED, 404, 409, 422, 503, example=examples.EVIDENCE),
    )
    def compare(ecif_no: EcifNo, other: EcifNo, staff: Looker) -> Response:
        """Any two parties side by side, asked about or not."""
        found = desk.compare(ecif_no, other, staff)
        return answer(
            showing.evidence(found, staff), headers={"ETag": tags.tag_of(showing.versions_of(found))}
        )

    @router.post("/reviews/{task}/claim", **described(Question, *ACTED, takes=AskedClaim))
    def claim(
        request: Request, task: Number, staff: Decider, asked: Annotated[AskedClaim, body(AskedClaim)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:  # fmt: skip
        """I work on it; or give it back. Whoever has it already must be named."""

        def act() -> Response:
            desk.claim(task, staff, taken_from=asked.taken_from, give_back=asked.give_back)
            return answer(showing.question(desk.question(task, staff)))

        return replies(request, staff, idempotency_key, asked, act)

    def answered(verb: str, decision: Callable[[Any], Decision], says: str) -> None:
        """A question's answers differ in what they decide only."""

        @router.post(
            f"/reviews/{{task}}/{verb}",
            name=verb,
            description=says,
            **described(
                OutcomeAnswer, *ACTED, takes=Because, example=examples.OUTCOME, sample=examples.BECAUSE
            ),
        )
        def act(
            request: Request, task: Number, staff: Decider, asked: Annotated[Because, body(Because)],
            idempotency_key: IdempotencyKey = None, if_match: IfMatch = None,
        ) -> Response:  # fmt: skip
            found = desk.question(task, staff)
            return acted(
                request, staff, idempotency_key, if_match, asked, decision(found), asked.reason, task
            )

    answered(
        "link", lambda found: Merge(*found.pair()), "Yes, one customer: merged, the lower number surviving."
    )
    answered("separate", lambda found: NoMatch(*found.pair()), "No: declared different, for good.")
    answered("dismiss", lambda found: Dismiss(found.id), "Answered by leaving everything as it is.")

    # ------------------------------------------------------------ acts on parties

    @router.post(
        "/previews",
        **described(
            PreviewAnswer, *DENIED, *once.PROBLEMS, 404, 415, 503, takes=AskedPreview,
            sample=examples.ASKED_PREVIEW,
        ),
    )  # fmt: skip
    def preview(
        request: Request, staff: Looker, asked: Annotated[AskedPreview, body(AskedPreview)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:  # fmt: skip
        """What a decision would do: the parties as they would be, and the pushes. Changes nothing: the key
        may be left out, and the same again is answered by what is there now."""
        decision = previewed(asked)
        if decision is None:
            raise HTTPException(422, f"body: a part of a {asked.kind} is missing")

        def act() -> Response:
            found = desk.preview(decision, staff)
            return answer(showing.preview(found, staff), headers={"ETag": tags.tag_of(found.versions)})

        return replies.anew(request, staff, idempotency_key, asked, act)

    def act_on(
        path: str, kind: Any, who: Any, decision: Callable[[Any], Decision], says: str, sample: Any
    ) -> None:
        @router.post(
            path,
            name=says.split(":")[0],
            description=says,
            **described(OutcomeAnswer, *ACTED, takes=kind, example=examples.OUTCOME, sample=sample),
        )
        def act(
            request: Request, staff: who, asked: Annotated[kind, body(kind)],
            idempotency_key: IdempotencyKey = None, if_match: IfMatch = None,
        ) -> Response:  # fmt: skip
            return acted(request, staff, idempotency_key, if_match, asked, decision(asked), asked.reason)

    act_on(
        "/merges",
        AskedMerge,
        Merger,
        lambda asked: Merge(asked.survivor, asked.absorbed),
        "Merge: one number redirects to the other from now on.",
        examples.ASKED_MERGE,
    )
    act_on(
        "/splits",
        AskedSplit,
        Merger,
        lambda asked: Split(asked.absorbed),
        "Split: a merged number stands for itself again, with exactly what came with it.",
        examples.ASKED_SPLIT,
    )
    act_on(
        "/moves",
        AskedMove,
        Merger,
        lambda asked: Move(asked.system, asked.customer_no, asked.ecif_no or ""),
        "Move: a source record belongs to another party, or to a new one.",
        examples.ASKED_MOVE,
    )
    act_on(
        "/no-matches",
        AskedPair,
        Decider,
        lambda asked: NoMatch(asked.one, asked.other),
        "No match: two customers, whatever they have in common.",
        examples.ASKED_PAIR,
    )

    @router.post(
        "/parties/{ecif_no}/pins",
        **described(
            OutcomeAnswer, *ACTED, takes=AskedPin, example=examples.OUTCOME, sample=examples.ASKED_PIN
        ),
    )
    def pin(
        request: Request, ecif_no: EcifNo, staff: Pinner, asked: Annotated[AskedPin, body(AskedPin)],
        idempotency_key: IdempotencyKey = None, if_match: IfMatch = None,
    ) -> Response:  # fmt: skip
        """This value, whatever the systems say; null lets them speak again."""
        decision: Decision = Unpin(ecif_no, asked.attribute)
        if asked.value is not None:
            decision = Pin(ecif_no, asked.attribute, asked.value)
        return acted(request, staff, idempotency_key, if_match, asked, decision, asked.reason)

    def on_record(verb: str, decision: Callable[[str, str], Decision], says: str) -> None:
        @router.post(
            f"/records/{{system}}/{{customer_no}}/{verb}",
            name=verb,
            description=says,
            **described(
                OutcomeAnswer, *ACTED, takes=Because, example=examples.OUTCOME, sample=examples.BECAUSE
            ),
        )
        def act(
            request: Request, system: System, customer_no: CustomerNo, staff: Merger,
            asked: Annotated[Because, body(Because)], idempotency_key: IdempotencyKey = None,
            if_match: IfMatch = None,
        ) -> Response:  # fmt: skip
            wanted = decision(system, customer_no)
            return acted(request, staff, idempotency_key, if_match, asked, wanted, asked.reason)

    on_record("withdraw", Withdraw, "What this source record says counts for nothing from now on.")
    on_record("restore", Restore, "A withdrawn record counts again.")
    on_record("resume", Resume, "A standoff is dismissed: the record may be pushed again.")

    # ------------------------------------------------------------ decisions

    @router.get("/decisions", **described(DecisionsAnswer, *DENIED, 404, 409, 422, 503))
    def decisions(
        staff: Looker,
        state: Annotated[str, Query(pattern="^(proposed|taken|rejected|undone)?$")] = "",
        ecif_no: Annotated[str, Query(pattern=r"^([1-9][0-9]{11})?$")] = "",
        cursor: Annotated[str | None, Query(max_length=20, pattern="^[0-9]{1,15}$")] = None,
        limit: Limit = 50,
    ) -> Response:
        """Decisions, the newest first; `proposed` are those that wait for a second pair of eyes."""
        found, following = desk.decisions(
            staff, state=state, ecif_no=ecif_no, cursor=cursor or "", limit=limit
        )
        return answer(DecisionsAnswer([showing.decision(one, staff) for one in found], following or None))

    def settle(verb: str, who: Any, act: Callable[[int, Staff, str], Outcome], says: str) -> None:
        @router.post(
            f"/decisions/{{decision}}/{verb}",
            name=verb,
            description=says,
            **described(
                OutcomeAnswer, *ACTED, takes=Because, example=examples.OUTCOME, sample=examples.BECAUSE
            ),
        )
        def settled(
            request: Request, decision: Number, staff: who, asked: Annotated[Because, body(Because)],
            idempotency_key: IdempotencyKey = None,
        ) -> Response:  # fmt: skip
            return replies(
                request,
                staff,
                idempotency_key,
                asked,
                lambda: answer(showing.outcome(act(decision, staff, asked.reason))),
            )

    settle(
        "release",
        Releaser,
        lambda number, staff, reason: desk.settle(number, staff, reason=reason, agreed=True),
        "A second person agrees: it is taken. Refused where the parties are not what they were.",
    )
    settle(
        "reject",
        Releaser,
        lambda number, staff, reason: desk.settle(number, staff, reason=reason, agreed=False),
        "A proposal is not taken.",
    )
    settle(
        "undo",
        Decider,
        lambda number, staff, reason: desk.undo(number, staff, reason=reason),
        "As if it had not been decided. Only what no later decision builds on.",
    )
    return router


class _Acting:
    """A decision by request: what was looked at, once only, within scope."""

    def __init__(self, desk: Desk, replies: Once) -> None:
        self._desk, self._replies = desk, replies

    def __call__(
        self, request: Request, staff: Staff, key: str | None, if_match: str | None, asked: Any,
        decision: Decision, reason: str, task: int = 0,
    ) -> Response:  # fmt: skip
        def act() -> Response:
            expected = tags.expected(if_match, *self._desk.concerned(decision, staff))
            outcome = self._desk.decide(decision, staff, reason=reason, expected=expected, task=task)
            headers = {"ETag": tags.tag_of(outcome.versions)} if outcome.versions else None
            return answer(showing.outcome(outcome), headers=headers)

        return self._replies(request, staff, key, asked, act)
