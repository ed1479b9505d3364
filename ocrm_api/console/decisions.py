"""What stewards decided, and what waits for a second pair of eyes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from ecif.decisions import kind_of
from ecif.review_queue import DecisionView
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import (
    Kit,
    asked_of,
    go,
    may_take_customers_out,
    now,
    read_form,
    reason_of,
    take_out,
)
from ocrm_api.console.reviews import Names
from ocrm_api.console.tables import Column, show

Releaser = Annotated[Staff, needs("reviews.release")]
Form = Annotated[dict[str, str], Depends(read_form)]
Number = Annotated[int, Path(ge=1, le=2**53)]
COLUMNS: Final = (
    Column("at", "tight"),
    Column("kind"),
    Column("customers"),
    Column("actor"),
    Column("reason"),
    Column("state"),
    Column("second"),
    Column("act", sorts=False),
)
MOST: Final = 200


def decision_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/decisions")

    @router.get("")
    def decisions(
        request: Request, staff: Annotated[Staff, needs("reviews.read")],
        state: Annotated[str, Query(pattern="^(proposed|taken|rejected|undone)?$")] = "",
        export: Annotated[str, Query(max_length=8)] = "",
    ) -> Response:  # fmt: skip
        page = kit.source.act(lambda service: service.decisions(state=state, limit=MOST))
        names = Names(kit, staff)
        rows = [_row(one, names) for one in page.decisions if names.all_seen(*one.ecif_nos)]
        asked = asked_of(request, "state")
        if export:
            may_take_customers_out(staff)
            told = COLUMNS[:-1]  # the last one is what can be done
            return take_out(kit, request, staff, export, "decisions", told, "decisions", rows, asked)
        return kit.pages.show(
            request, "reviews/decisions.html", staff, section="decisions", state=state,
            shown=show(COLUMNS, rows, asked),
        )  # fmt: skip

    @router.post("/{number}/release")
    def release(number: Number, staff: Releaser, form: Form) -> Response:
        _seen(kit, staff, number)
        kit.source.act(
            lambda service: service.release(
                number, actor=staff.name, reason=form.get("reason", "")[:200], now=now()
            )
        )
        return go("/console/decisions?state=proposed", "released")

    @router.post("/{number}/reject")
    def reject(number: Number, staff: Releaser, form: Form) -> Response:
        _seen(kit, staff, number)
        kit.source.act(
            lambda service: service.reject(
                number, actor=staff.name, reason=form.get("reason", "")[:200], now=now()
            )
        )
        return go("/console/decisions?state=proposed", "rejected")

    @router.post("/{number}/undo")
    def undo(number: Number, staff: Annotated[Staff, needs("reviews.decide")], form: Form) -> Response:
        _seen(kit, staff, number)
        reason = reason_of(form)
        outcome = kit.source.act(
            lambda service: service.undo(number, actor=staff.name, reason=reason, now=now())
        )
        return go("/console/decisions", "waiting" if outcome.state == "proposed" else "undone")

    return router


def _row(one: DecisionView, names: Names) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.decided_at,
        "kind": kind_of(one.decision),
        "customers": " · ".join(names.name(number) for number in one.ecif_nos),
        "numbers": [(number, names.name(number)) for number in one.ecif_nos],
        "actor": one.actor,
        "reason": one.reason,
        "state": one.state,
        "second": one.second_actor,
    }


def _seen(kit: Kit, staff: Staff, number: int) -> None:
    """404 where it is not there, or about somebody out of scope."""
    page = kit.source.act(lambda service: service.decisions(cursor=str(number + 1), limit=1))
    found = next((one for one in page.decisions if one.id == number), None)
    if found is None or not Names(kit, staff).all_seen(*found.ecif_nos):
        raise HTTPException(404, "no such decision")
