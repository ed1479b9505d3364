"""Finding customers from one field."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit


def search_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/search")
    def search(
        request: Request, staff: Annotated[Staff, needs("parties.search")],
        q: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:  # fmt: skip
        """An ECIF number goes straight to its customer."""
        q = q.strip()
        if q.isascii() and q.isdigit() and len(q) == 12 and kit.source.party(q) is not None:
            return RedirectResponse(f"/console/customers/{q}", 303)
        return kit.pages.show(
            request, "search/search.html", staff, section="search", q=q, found=[], asked=bool(q)
        )

    return router
