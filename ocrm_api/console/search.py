"""Finding customers from one field; what is found in one's scope only, masked, a page at a time."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit, asked_of, may_take_customers_out, moment_of, take_out
from ocrm_api.console.spelling import joined
from ocrm_api.console.tables import Asked, Column, show
from ocrm_api.parties import reading
from ocrm_api.parties.schema import Shown
from ocrm_api.search.finder import Criteria, Found, NotAsked, Position

COLUMNS: Final = (
    Column("customer"),
    Column("ecif_no", "code"),
    Column("kind"),
    Column("document"),
    Column("phone"),
    Column("branch"),
    Column("manager"),
    Column("risk"),
    Column("matched"),
    Column("score", "number"),
)
PAGE: Final = 50
FILTERS: Final = ("kind", "branch", "manager", "risk", "segment")


def search_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/search")
    def search(
        request: Request, staff: Annotated[Staff, needs("parties.search")],
        q: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=1000)] = "",
        export: Annotated[str, Query(max_length=8)] = "",
    ) -> Response:  # fmt: skip
        """An ECIF number goes straight to its customer."""
        asked = asked_of(request, "q", *FILTERS, "as_of")
        also = {name: value.strip() for name, value in asked.also.items()}
        criteria = Criteria(
            q=q.strip(), kind=also["kind"], branch=also["branch"], manager=also["manager"],
            risk=also["risk"], segment=also["segment"], at=moment_of(also["as_of"], "as_of") or None,
        )  # fmt: skip
        if criteria == Criteria():
            return kit.pages.show(
                request, "search/search.html", staff, section="search", q="", shown=None, following="", why=""
            )
        if export:
            return _exported(kit, request, staff, criteria, asked, export)
        try:
            found, following = _found(kit, staff, criteria, after, PAGE)
        except NotAsked as error:
            found, following, why = [], "", str(error)
        else:
            why = ""
        if len(found) == 1 and found[0]["ecif_no"] == q.strip() and staff.may("parties.read"):
            return RedirectResponse(f"/console/customers/{q.strip()}", 303)
        return kit.pages.show(
            request, "search/search.html", staff, section="search", q=q, following=following, why=why,
            shown=show(COLUMNS, found, asked), building=kit.search.state() != "complete",
        )  # fmt: skip

    return router


def _exported(
    kit: Kit, request: Request, staff: Staff, criteria: Criteria, asked: Asked, format: str
) -> Response:
    may_take_customers_out(staff)
    rows, _ = _found(kit, staff, criteria, "", max(1, staff.export_rows))
    return take_out(kit, request, staff, format, "customers", COLUMNS, "search", rows, asked)


def _found(
    kit: Kit, staff: Staff, criteria: Criteria, after: str, limit: int
) -> tuple[list[dict[str, Any]], str]:
    """(rows, cursor of the next page)."""
    about = msgspec.json.encode(criteria).decode()
    start = kit.search.cursors().open(after, about, Position) if after else None
    page = kit.search.finder().page(criteria, staff.scope, after=start, limit=limit)
    kept = reading.unrestricted(kit.store(), page.found, staff)
    staff.saw(*(one.party.ecif_no for one in kept))
    staff.note(found=len(kept))
    following = kit.search.cursors().seal(page.following, about) if page.following else ""
    return [_row(one, staff) for one in kept], following


def _row(found: Found, staff: Staff) -> dict[str, Any]:
    party = reading.summary(found.party, staff)
    values = party.values
    said = {name: joined(name, value) for name, value in values.items()}
    return {
        "ecif_no": party.ecif_no,
        "customer": said.get("name", party.ecif_no),
        "kind": party.kind,
        "document": _first(values, "document:"),
        "phone": _first(values, "phone:"),
        "branch": said.get("branch", ""),
        "manager": said.get("manager", ""),
        "risk": said.get("risk", ""),
        "matched": found.by,
        "score": round(found.score, 2),
    }


def _first(values: Mapping[str, Shown], family: str) -> str:
    """The first of a family, without its second part."""
    found = next((value for name, value in values.items() if name.startswith(family)), "")
    return found if isinstance(found, str) else found[0] or ""
