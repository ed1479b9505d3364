"""The journal, and the way of one message: bytes, fields, customer, golden record, pushes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif.past import NOT_ATTRIBUTES
from ecif.store import asides, reports
from ecif.store.rows import JournalRow
from ocrm_api.access.identity import Staff, needs
from ocrm_api.bank import Dump
from ocrm_api.console.exports import MOST_ROWS
from ocrm_api.console.kit import Kit, asked_of, moment_of, take_out
from ocrm_api.console.tables import Column, show
from ocrm_api.operations.watching import content_of, journal, seen

COLUMNS: Final = (
    Column("at", "tight"),
    Column("system"),
    Column("direction"),
    Column("type", "code"),
    Column("id", "code"),
    Column("state"),
    Column("code", "code"),
    Column("ecif_no", "code"),
    Column("ms", "number"),
)
EQUAL: Final = ("system", "direction", "state", "ecif_no", "message_id")
"""What the journal is asked for, beside the time."""
MOST: Final = 500
STATES: Final = ("applied", "unchanged", "review", "stale", "refused", "failed")


def message_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/messages")

    @router.get("")
    def messages(
        request: Request, staff: Annotated[Staff, needs("journal.read")],
        export: Annotated[str, Query(max_length=8)] = "",
    ) -> Response:  # fmt: skip
        asked = asked_of(request, *EQUAL, "since", "until")
        wanted: dict[str, Any] = {name: asked.also[name] for name in EQUAL}
        wanted |= {name: moment_of(asked.also[name], name) for name in ("since", "until")}
        limit = max(MOST, min(staff.export_rows, MOST_ROWS)) if export else MOST
        with kit.store().reading() as connection:
            found = journal(connection, staff, limit=limit, **wanted)
        if export:
            rows = [row_of(one) for one in found]
            return take_out(kit, request, staff, export, "messages", COLUMNS, "journal", rows, asked)
        return kit.pages.show(
            request, "messages/messages.html", staff, section="messages",
            shown=show(COLUMNS, [row_of(one) for one in found], asked),
            systems=list(kit.systems()), states=STATES, most=MOST, cut=len(found) == MOST,
        )  # fmt: skip

    @router.get("/{id}", response_class=HTMLResponse)
    def message(
        request: Request, id: Annotated[int, Path(ge=1, le=2**53)],
        staff: Annotated[Staff, needs("messages.read")],
    ) -> HTMLResponse:  # fmt: skip
        flow = flow_of(kit, id, staff)
        if flow is None:
            raise HTTPException(404, "no such message")
        return kit.pages.show(request, "messages/message.html", staff, section="messages", **flow)

    return router


def row_of(row: JournalRow) -> dict[str, Any]:
    return {
        "row": row.id,
        "at": row.stored_at,
        "system": row.system,
        "direction": row.direction,
        "type": row.type,
        "id": row.message_id,
        "state": row.state,
        "code": row.code,
        "ecif_no": row.ecif_no,
        "version": row.version,
        "customer_no": row.customer_no,
        "ms": row.ms,
        "text": row.text,
    }


def flow_of(kit: Kit, id: int, staff: Staff) -> dict[str, Any] | None:
    """One message from its bytes to what it caused."""
    with kit.store().reading() as connection:
        row = next(iter(seen(connection, asides.messages(connection, [id]), staff)), None)
        if row is None or row.direction not in reports.CARRIED:
            return None
        body, restricted = content_of(connection, id, staff)
        acts = [row_of(one) for one in asides.acts(connection, row)] if row.digest else []
        head = reports.head_of(connection, row.ecif_no) if row.ecif_no else None
        events = reports.events(connection, row.ecif_no, 200) if row.ecif_no else []
        others = reports.journal(connection, ecif_no=row.ecif_no, limit=200) if row.ecif_no else []
    event = next((one for one in events if one["message_id"] == id), None)
    dump: Dump | None = kit.bank.dump(row.system, body) if body is not None else None
    return {
        "row": row_of(row),
        "dump": dump,
        "restricted": restricted,
        "acts": acts,
        "head": head,
        "event": event,
        "changes": changes_of(event) if event else [],
        "pushes": pushes_of(others, event["version"]) if event else [],
    }


def pushes_of(rows: Sequence[JournalRow], version: int) -> list[dict[str, Any]]:
    """The first push to each system that carried this version, or a newer one in its place."""
    first: dict[str, JournalRow] = {}
    for row in rows:  # the newest first
        if row.direction == "out" and row.version >= version:
            first[row.system] = row
    return [row_of(row) for _, row in sorted(first.items())]


def changes_of(event: Mapping[str, Any]) -> list[str]:
    """The attributes that an event changed. Their values are no business of operators."""
    difference = event["difference"]
    if isinstance(difference, str):
        difference = msgspec.json.decode(difference)
    return [
        name
        for name, change in difference.items()
        if name not in NOT_ATTRIBUTES and isinstance(change, list) and change[0] != change[1]
    ]
