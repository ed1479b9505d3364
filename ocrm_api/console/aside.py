"""Messages set aside: what each says, byte by byte, why it is there; taken again or let go."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif.store import asides
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit, asked_of, go, now, read_form, reason_of, take_out
from ocrm_api.console.messages import flow_of, row_of
from ocrm_api.console.tables import Column, show
from ocrm_api.operations.watching import seen

COLUMNS: Final = (
    Column("at", "tight"),
    Column("system"),
    Column("direction"),
    Column("type", "code"),
    Column("id", "code"),
    Column("code", "code"),
    Column("customer_no", "code"),
    Column("text"),
)
MOST: Final = 1_000


def aside_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/aside")

    @router.get("")
    def aside(
        request: Request, staff: Annotated[Staff, needs("operations.read")],
        export: Annotated[str, Query(max_length=8)] = "",
    ) -> Response:  # fmt: skip
        with kit.store().reading() as connection:
            ids = asides.aside_ids(connection)
            found = seen(connection, asides.messages(connection, ids[:MOST]), staff)
        rows, asked = [row_of(one) for one in found], asked_of(request)
        if export:
            return take_out(kit, request, staff, export, "set-aside", COLUMNS, "journal", rows, asked)
        return kit.pages.show(
            request, "aside/list.html", staff, section="aside", shown=show(COLUMNS, rows, asked),
            count=len(ids) if staff.scope.whole else len(found),
        )  # fmt: skip

    @router.get("/{id}", response_class=HTMLResponse)
    def one(
        request: Request, id: Annotated[int, Path(ge=1, le=2**53)],
        staff: Annotated[Staff, needs("messages.read")],
    ) -> HTMLResponse:  # fmt: skip
        flow = flow_of(kit, id, staff)
        if flow is None:
            raise HTTPException(404, "no such message")
        with kit.store().reading() as connection:
            waits = id in asides.aside_ids(connection, flow["row"]["system"])
        return kit.pages.show(request, "aside/one.html", staff, section="aside", waits=waits, **flow)

    @router.post("/{id}/replay")
    def replay(
        id: Annotated[int, Path(ge=1, le=2**53)], staff: Annotated[Staff, needs("operations.change")]
    ) -> Response:
        _check_seen(kit, id, staff)
        outcomes = kit.source.act(lambda service: list(kit.bank.replay(service, [id], actor=staff.name)))
        kept = any(outcome.kept for outcome in outcomes)
        settled = all(outcome.outcome in ("settled", "unknown") for outcome in outcomes)
        return go(f"/console/aside/{id}", "kept" if kept else "settled" if settled else "replayed")

    @router.post("/{id}/discard")
    def discard(
        id: Annotated[int, Path(ge=1, le=2**53)], staff: Annotated[Staff, needs("operations.change")],
        form: Annotated[dict[str, str], Depends(read_form)],
    ) -> Response:  # fmt: skip
        _check_seen(kit, id, staff)
        reason = reason_of(form)
        kit.source.act(lambda service: service.discard(id, actor=staff.name, reason=reason, now=now()))
        return go("/console/aside", "discarded")

    return router


def _check_seen(kit: Kit, id: int, staff: Staff) -> None:
    """A message of a customer out of scope is as if it were not there."""
    with kit.store().reading() as connection:
        if not seen(connection, asides.messages(connection, [id]), staff):
            raise HTTPException(404, "no such message")
