"""`/api/v1/parties/{ecif_no}`: history, as-of, relations, owners, household."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from ecif.ownership import THRESHOLD
from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.parties import kin, past
from ocrm_api.parties.kin import Household, Owners
from ocrm_api.parties.past import AsOf, GraphAnswer, Timeline
from ocrm_api.parties.routes import DENIED, MOVED, Cursor, EcifNo, Limit, Reader
from ocrm_api.source import Source

Historian = Annotated[Staff, needs("parties.history")]
ONE: dict[str, Any] = {"responses": MOVED}


def past_routes(source: Source) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["parties"])

    @router.get("/{ecif_no}/history", **described(Timeline, *DENIED, 400, 404, 422, 503, **ONE))
    def timeline(ecif_no: EcifNo, staff: Historian, cursor: Cursor = None, limit: Limit = 50) -> Response:
        """What happened to the customer, under any of its numbers, the newest first."""
        return answer(past.timeline(source.store(), ecif_no, staff, cursor or "", limit))

    @router.get("/{ecif_no}/as-of", **described(AsOf, *DENIED, 404, 422, 503))
    def as_of(
        ecif_no: EcifNo,
        staff: Historian,
        held_at: Annotated[datetime | None, Query(description="When it held for the customer.")] = None,
        known_at: Annotated[datetime | None, Query(description="As the bank knew it then.")] = None,
    ) -> Response:
        """The golden record as of a moment, on either clock or both; a number leads to where it led then."""
        held, known = micro("held_at", held_at), micro("known_at", known_at)
        return answer(past.as_of(source.store(), ecif_no, staff, held, known))

    @router.get("/{ecif_no}/relations", **described(GraphAnswer, *DENIED, 404, 422, 503, **ONE))
    def graph(ecif_no: EcifNo, staff: Reader, depth: Annotated[int, Query(ge=1, le=4)] = 1) -> Response:
        """Who belongs to whom, as a graph around the customer, in both directions."""
        return answer(past.graph(source.store(), ecif_no, staff, depth))

    @router.get("/{ecif_no}/owners", **described(Owners, *DENIED, 404, 422, 503, **ONE))
    def owners(
        ecif_no: EcifNo,
        staff: Reader,
        threshold: Annotated[Decimal, Query(gt=0, le=100, description="Percent of the shares.")] = THRESHOLD,
    ) -> Response:
        """Beneficial owners of a company: the people at the end of the chains of shareholders."""
        return answer(kin.owners(source.store(), ecif_no, staff, threshold))

    @router.get("/{ecif_no}/household", **described(Household, *DENIED, 404, 422, 503, **ONE))
    def household(ecif_no: EcifNo, staff: Reader) -> Response:
        """Others who probably live with a person: they share a phone number and an address."""
        return answer(kin.household(source.store(), ecif_no, staff))

    return router


def micro(name: str, moment: datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise HTTPException(422, f"query.{name}: say the time with its offset")
    return int(moment.timestamp() * 1_000_000)
