"""A customer from all sides: values and why they hold, systems, relations, holdings, history, messages."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif import history
from ecif.history import Event
from ecif.model import Value
from ecif.ownership import THRESHOLD
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kinship import picture
from ocrm_api.console.kit import Kit, moment_of
from ocrm_api.console.portrait import groups_of, groups_then, money
from ocrm_api.console.preferences import preferences_of
from ocrm_api.console.spelling import joined
from ocrm_api.parties import kin, reading
from ocrm_api.parties.schema import PartyAnswer

EcifNo = Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$")]
Reader = Annotated[Staff, needs("parties.read")]
MESSAGES: Final = 12
EVENTS: Final = 25


def customer_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/customers")

    @router.get("/{ecif_no}")
    def customer(
        request: Request, ecif_no: EcifNo, staff: Reader, was: Annotated[str, Query(max_length=12)] = ""
    ) -> Response:
        return _page(kit, request, ecif_no, staff, was=was)

    @router.post("/{ecif_no}")
    def clear(request: Request, ecif_no: EcifNo, staff: Reader) -> Response:
        """The same with clear values, as far as the role goes: the form states the reason."""
        if staff.reason is None:
            raise HTTPException(422, "reason: state why, in a few words")
        return _page(kit, request, ecif_no, staff, clear=True)

    @router.get("/{ecif_no}/then", response_class=HTMLResponse)
    def then(
        request: Request, ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.history")],
        at: Annotated[str, Query(max_length=32)] = "",
    ) -> HTMLResponse:  # fmt: skip
        """What the hub knew of the customer at another moment."""
        kit.party(ecif_no, staff)
        found = history.as_of(kit.store(), ecif_no, stored_at=moment_of(at, "at") or None)
        if found is not None and not staff.scope.sees(found.golden):
            found = None
        groups = groups_then(found, staff) if found else []
        return kit.pages.show(
            request, "customer/then.html", staff, section="search", ecif_no=ecif_no, party=found,
            groups=groups, at=at, name=_name(groups),
        )  # fmt: skip

    return router


def _page(
    kit: Kit, request: Request, ecif_no: str, staff: Staff, *, clear: bool = False, was: str = ""
) -> HTMLResponse:
    store = kit.store()
    party = reading.party(store, ecif_no, staff)
    holdings = reading.holdings(store, ecif_no, staff)
    messages, _ = reading.messages(store, ecif_no, staff, before=None, limit=MESSAGES)
    told = kit.pages.words.translator(preferences_of(request).language)
    groups = groups_of(reading.explained(store, kit.source.setting(), ecif_no, staff))
    return kit.pages.show(
        request, "customer/customer.html", staff, section="search", party=party, groups=groups,
        name=_name(groups) or ecif_no, holdings=holdings.items,
        money=money(holdings.totals, lambda kind: told.of("code.holding", kind)),
        sync=reading.sync(store, ecif_no, staff), messages=messages, timeline=_timeline(kit, ecif_no, staff),
        drawing=picture(kit, ecif_no, staff), clear=clear, was=was, **_kin(kit, party, staff),
    )  # fmt: skip


def _kin(kit: Kit, party: PartyAnswer, staff: Staff) -> dict[str, Any]:
    """A company's owners, a person's household."""
    if party.kind == "organization":
        return {"owners": kin.owners(kit.store(), party.ecif_no, staff, THRESHOLD), "household": []}
    return {"owners": None, "household": kin.household(kit.store(), party.ecif_no, staff).members}


def _name(groups: Any) -> str:
    return next(
        (one.parts[0] for _, values in groups for one in values if one.attribute == "name" and one.parts), ""
    )


def _timeline(kit: Kit, ecif_no: str, staff: Staff) -> list[dict[str, Any]] | None:
    """None where one may not read history."""
    if not staff.may("parties.history"):
        return None
    page = history.events(kit.store(), ecif_no, limit=EVENTS)
    return [_occurrence(event, staff) for event in page.events]


def _occurrence(event: Event, staff: Staff) -> dict[str, Any]:
    """What changed, masked like everything else; who only changed whose value it is, is left out."""
    changes = [
        {
            "attribute": one.attribute,
            "before": _told(one.attribute, one.before, staff),
            "after": _told(one.attribute, one.after, staff),
        }
        for one in event.changes
        if one.before != one.after
    ]
    return {
        "at": event.stored_at,
        "version": event.version,
        "cause": event.cause,
        "system": event.system,
        "actor": event.actor,
        "reason": event.reason,
        "changes": changes,
        "came": event.came,
        "went": event.went,
        "related": event.relations_came,
        "unrelated": event.relations_went,
        "merged_into": event.merged_into,
        "decided": event.decided.get("kind", "") if event.decided else "",
    }


def _told(attribute: str, value: Value | None, staff: Staff) -> str:
    return "" if value is None else joined(attribute, staff.masked(attribute, value))
