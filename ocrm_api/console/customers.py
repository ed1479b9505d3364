"""A customer from all sides: values and why they hold, systems, relations, holdings, history, messages."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from ecif import views
from ecif.store import reports
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit
from ocrm_api.console.messages import row_of
from ocrm_api.console.portrait import portrait_of
from ocrm_api.console.spelling import joined

EcifNo = Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$")]
MESSAGES: Final = 15
EVENTS: Final = 30


def customer_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/customers")

    @router.get("/{ecif_no}")
    def customer(
        request: Request, ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.read")]
    ) -> Response:
        party = kit.party(ecif_no, staff)
        if party.ecif_no != ecif_no:
            return RedirectResponse(f"/console/customers/{party.ecif_no}?was={ecif_no}", 303)
        with kit.store().reading() as connection:
            _, records = reports.cluster(connection, ecif_no)
            journal = reports.journal(connection, ecif_no=ecif_no, limit=MESSAGES)
        events = views.events(kit.store(), ecif_no, EVENTS)
        return kit.pages.show(
            request, "customer/customer.html", staff, section="search", party=party,
            timeline=[occurrence(event, staff) for event in events],
            portrait=portrait_of(party, records, staff),
            messages=[row_of(one) for one in journal],
        )  # fmt: skip

    return router


def occurrence(event: Mapping[str, Any], staff: Any) -> dict[str, Any]:
    """An event of the timeline: what changed, masked like everything else."""
    difference = event["difference"]
    members = difference.get("members") or {}
    changes = [
        {"attribute": name, "before": _told(name, change[0], staff), "after": _told(name, change[1], staff)}
        for name, change in difference.items()
        if name not in ("members", "relations") and isinstance(change, list) and change[0] != change[1]
    ]
    return {
        "at": event["stored_at"],
        "version": event["version"],
        "cause": event["cause"],
        "system": event["system"],
        "actor": event["actor"],
        "reason": event["reason"],
        "changes": changes,
        "came": members.get("came", []),
        "went": members.get("went", []),
    }


def _told(attribute: str, value: Any, staff: Any) -> str:
    if value is None:
        return ""
    whole = tuple(value) if isinstance(value, list) else value
    return joined(attribute, staff.masked(attribute, whole))
