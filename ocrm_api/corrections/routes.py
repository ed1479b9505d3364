"""`POST /api/v1/parties/{ecif_no}/corrections`: staff say what is right, and every system is told."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Request, Response

from ocrm_api import tags
from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.bodies import body
from ocrm_api.corrections.desk import Corrections
from ocrm_api.corrections.schema import ANSWER, ASKED, AskedCorrection, CorrectionAnswer
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.parties.routes import DENIED, EcifNo
from ocrm_api.tags import IfMatch

Corrector = Annotated[Staff, needs("parties.correct")]
_PROBLEMS = sorted({*DENIED, *once.PROBLEMS, *tags.PROBLEMS, 404, 415, 503})


def correction_routes(desk: Corrections, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["corrections"])

    @router.post(
        "/{ecif_no}/corrections",
        **described(CorrectionAnswer, *_PROBLEMS, takes=AskedCorrection, sample=ASKED, example=ANSWER),
    )
    def correct(
        request: Request,
        ecif_no: EcifNo,
        staff: Corrector,
        asked: Annotated[AskedCorrection, body(AskedCorrection)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Response:
        """A contribution of the system `ocrm`: it survives by the rules of conf and is delivered like any.

        If another system is trusted more, or says otherwise later, that wins; to decide for good, pin.
        """

        def act() -> Response:
            seen = tags.expected(if_match, ecif_no)
            reply, state = desk.correct(
                ecif_no, asked.values, staff, reason=asked.reason, id=_id(staff.name, idempotency_key),
                expected=seen[ecif_no],
            )  # fmt: skip
            headers = {"ETag": tags.tag_of({reply.ecif_no: reply.version})}
            return answer(CorrectionAnswer(reply.ecif_no, reply.version, state), headers=headers)

        return replies(request, staff, idempotency_key, asked, act)

    return router


def _id(name: str, key: str | None) -> str:
    """One of each key of each member of staff, however long both are."""
    return sha256(f"{name}:{key}".encode()).hexdigest()
