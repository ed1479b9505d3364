"""The audit trail: who saw and did what. Reading it and taking it out stand in it, too."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.console.kit import Kit, asked_of, moment_of, take_out
from ocrm_api.console.tables import Column, show

Reader = Annotated[Staff, needs("trail.read")]
COLUMNS: Final = (
    Column("at", "tight"),
    Column("actor"),
    Column("action", "code"),
    Column("status", "number"),
    Column("parties"),
    Column("reason"),
    Column("told"),
    Column("via"),
    Column("address", "code"),
)
MOST: Final = 500
_LEFT_OUT: Final = ("parties",)


def trail_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/trail")

    @router.get("")
    def trail(request: Request, staff: Reader, export: Annotated[str, Query(max_length=8)] = "") -> Response:
        asked = asked_of(request, "actor", "action", "ecif_no", "since", "until")
        also = asked.also
        limit = max(MOST, staff.export_rows) if export else MOST
        found = kit.trail.search(
            actor=also["actor"], action=also["action"], ecif_no=also["ecif_no"],
            since=moment_of(also["since"], "since"), until=moment_of(also["until"], "until"), limit=limit,
        )  # fmt: skip
        rows = [_row(one) for one in found]
        if export:
            return take_out(kit, request, staff, export, "audit-trail", COLUMNS, "trail", rows, asked)
        return kit.pages.show(
            request, "trail/trail.html", staff, section="trail", shown=show(COLUMNS, rows, asked),
            actions=sorted(PERMISSIONS), cut=len(found) == MOST, most=MOST, verdict=None,
        )  # fmt: skip

    @router.get("/verification", response_class=HTMLResponse)
    def verification(request: Request, staff: Reader) -> HTMLResponse:
        """Every chain recomputed and held against heads and anchors."""
        return kit.pages.show(
            request, "trail/verification.html", staff, section="trail", verdict=kit.trail.verify()
        )

    return router


def _row(found: Any) -> dict[str, Any]:
    detail: Mapping[str, Any] = found["detail"] or {}
    told = ", ".join(f"{name}: {_text(value)}" for name, value in detail.items() if name not in _LEFT_OUT)
    parties = list(detail.get("parties", ()))
    return {
        "at": found["at"],
        "actor": found["actor"] or "",
        "action": found["action"],
        "status": found["status"],
        "parties": " ".join(parties[:3]) + (f" +{len(parties) - 3}" if len(parties) > 3 else ""),
        "numbers": parties[:3],
        "more": max(0, len(parties) - 3),
        "reason": found["reason"] or "",
        "told": told,
        "via": found["via"],
        "address": found["address"] or "",
    }


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
