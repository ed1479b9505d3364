"""`/api/v1/parties/{ecif_no}/privacy`, `/export`, `/erasure`: the rights of the person.

Personal Information Protection Law of the PRC (PIPL) and Regulation (EU) 2016/679 (GDPR), by article.
"""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from ocrm_api import tags
from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.bodies import body
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.parties.routes import DENIED, MOVED, EcifNo
from ocrm_api.privacy.desk import LookedAt, Privacy, tag
from ocrm_api.privacy.schema import (
    AskedConsent,
    AskedErasure,
    AskedRestriction,
    ErasureAnswer,
    ExportAnswer,
    PrivacyAnswer,
)
from ocrm_api.tags import IfMatch

Reader = Annotated[Staff, needs("privacy.read")]
Changer = Annotated[Staff, needs("privacy.change")]
Exporter = Annotated[Staff, needs("privacy.export")]
Eraser = Annotated[Staff, needs("privacy.erase")]
ACTED = sorted({*DENIED, *once.PROBLEMS, *tags.PROBLEMS, 404, 415, 503})
ONE: dict[str, Any] = {"responses": MOVED}
_CONSENT = AskedConsent(
    purpose="marketing", given=True, notice="2026-03", channel="branch", reason="signed in the branch"
)


def privacy_routes(desk: Privacy, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["privacy"])

    @router.get("/{ecif_no}/privacy", **described(PrivacyAnswer, *DENIED, 404, 422, 503, **ONE))
    def told(ecif_no: EcifNo, staff: Reader) -> Response:
        """Purposes, consents given and withdrawn (PIPL 14, 15; GDPR 7), and whether data is restricted."""
        return _tagged(desk.told(ecif_no, staff))

    @router.post(
        "/{ecif_no}/consents", **described(PrivacyAnswer, *ACTED, takes=AskedConsent, sample=_CONSENT, **ONE)
    )
    def consent(
        request: Request,
        ecif_no: EcifNo,
        staff: Changer,
        asked: Annotated[AskedConsent, body(AskedConsent)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Response:
        """Records that consent was given for a purpose, or withdrawn."""

        def act() -> Response:
            told = desk.consent(
                ecif_no, staff, _still(if_match), purpose=asked.purpose, given=asked.given,
                notice=asked.notice, channel=asked.channel, reason=asked.reason,
            )  # fmt: skip
            return _tagged(told)

        return replies(request, staff, idempotency_key, asked, act)

    @router.post(
        "/{ecif_no}/restriction",
        **described(
            PrivacyAnswer,
            *ACTED,
            takes=AskedRestriction,
            sample=AskedRestriction(restricted=True, reason="accuracy is contested"),
            **ONE,
        ),
    )
    def restrict(
        request: Request,
        ecif_no: EcifNo,
        staff: Changer,
        asked: Annotated[AskedRestriction, body(AskedRestriction)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Response:
        """From now on the data is kept, and shown to nobody but those who handle the person's rights."""

        def act() -> Response:
            told = desk.restrict(
                ecif_no, staff, _still(if_match), restricted=asked.restricted, reason=asked.reason
            )
            return _tagged(told)

        return replies(request, staff, idempotency_key, asked, act)

    @router.get("/{ecif_no}/export", **described(ExportAnswer, *DENIED, 404, 422, 503, **ONE))
    def export(ecif_no: EcifNo, staff: Exporter) -> Response:
        """All that is held on the person, for the person. Needs a reason in `X-Reason`."""
        if staff.reason is None:
            raise HTTPException(422, "header.X-Reason: state who asked for it, and how he was identified")
        return answer(desk.export(ecif_no, staff), headers={"Cache-Control": "no-store"})

    @router.post(
        "/{ecif_no}/erasure",
        **described(
            ErasureAnswer,
            *ACTED,
            takes=AskedErasure,
            sample=AskedErasure(reason="asked by the person, closed in 2019"),
            **ONE,
        ),
    )
    def erase(
        request: Request,
        ecif_no: EcifNo,
        staff: Eraser,
        asked: Annotated[AskedErasure, body(AskedErasure)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Response:
        """Nothing of the person is left, except that there was an erasure. 409 where an account is open or a
        legal hold stands: restrict instead."""

        def act() -> Response:
            expected = tags.expected(if_match, ecif_no)[ecif_no]
            numbers = desk.erase(ecif_no, staff, expected=expected, reason=asked.reason)
            return answer(ErasureAnswer(list(numbers)))

        return replies(request, staff, idempotency_key, asked, act)

    return router


def _still(if_match: str | None) -> LookedAt:
    return lambda told: tags.still(if_match, tag(told))


def _tagged(told: PrivacyAnswer) -> Response:
    return answer(told, headers={"ETag": tag(told)})
