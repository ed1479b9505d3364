"""`/api/v1/quality`: the last report, and counting anew. Figures of the whole bank."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response

from ocrm_api.access.identity import Staff, needs, whole_bank_only
from ocrm_api.answers import answer, described
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.parties.routes import DENIED
from ocrm_api.progress import UnderWay
from ocrm_api.quality.counting import Counting
from ocrm_api.quality.schema import AttributeFigures, Figures, QualityAnswer, SystemFigures

Reader = Annotated[Staff, needs("quality.read")]
Operator = Annotated[Staff, needs("operations.change")]
_EMAIL = AttributeFigures(3, 1, {"placeholder": 1}, 1, 0, 0.333333, 0.0, 1.0)
_LOAN = SystemFigures(3, 2, 1, {"email": _EMAIL})
EXAMPLE = QualityAnswer("done", 2, None, None, Figures(2, 3, {"loan": _LOAN}))


def quality_routes(counting: Counting, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1/quality", tags=["quality"])

    @router.get("", **described(QualityAnswer, *DENIED, 503, example=EXAMPLE))
    def report(staff: Reader) -> Response:
        """Completeness, validity, agreement with the golden record, duplicates: by system and attribute."""
        whole_bank_only(staff)
        return answer(counting.report())

    @router.post(
        "",
        **described(QualityAnswer, *sorted({*DENIED, *once.PROBLEMS, 503}), status=202, example=EXAMPLE),
    )
    def count(request: Request, staff: Operator, idempotency_key: IdempotencyKey = None) -> Response:
        """Counts anew, everything once; the answer comes at once, the report before it stays until then."""
        whole_bank_only(staff)
        return replies(
            request, staff, idempotency_key, None,
            lambda: answer(begun(counting), 202, {"Location": "/api/v1/quality"}),
        )  # fmt: skip

    return router


def begun(counting: Counting) -> QualityAnswer:
    """409 while a count is under way."""
    try:
        return counting.start()
    except UnderWay as error:
        raise HTTPException(409, str(error)) from None
