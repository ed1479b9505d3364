"""What every page module is given, and small things that all of them do alike."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from ecif.store.store import Store
from ecif.views import PartyView
from ocrm_api.access.identity import Staff
from ocrm_api.access.services import Services
from ocrm_api.bank import Bank, SystemFacts
from ocrm_api.console.exports import MOST_ROWS, TYPES, exported
from ocrm_api.console.pages import Pages
from ocrm_api.console.preferences import preferences_of
from ocrm_api.console.spelling import machine
from ocrm_api.console.tables import Asked, Column, Row, ordered
from ocrm_api.health.hub import HubSilent, ask_hub
from ocrm_api.idempotency.once import Once
from ocrm_api.operations.orders import Orders
from ocrm_api.parties.reading import visible
from ocrm_api.privacy.desk import Privacy
from ocrm_api.quality.counting import Counting
from ocrm_api.search.desk import SearchDesk
from ocrm_api.settings import Settings
from ocrm_api.source import Source
from ocrm_api.stewardship.desk import Desk
from ocrm_api.trail.trail import Trail

T = TypeVar("T")
NOBODY: Final = "no customer has this ECIF number"


@dataclass(frozen=True, slots=True)
class Kit:
    settings: Settings
    source: Source
    bank: Bank
    pages: Pages
    services: Services
    trail: Trail
    search: SearchDesk
    replies: Once
    desk: Desk
    privacy: Privacy
    orders: Orders
    quality: Counting

    def store(self) -> Store:
        return self.source.store()

    def hub(self) -> Mapping[str, Any] | None:
        """Its statistics; None while it is silent."""
        try:
            return ask_hub(self.settings.hub_socket, self.settings.hub_seconds)
        except HubSilent:
            return None

    def systems(self) -> Mapping[str, SystemFacts]:
        return {facts.name: facts for facts in self.bank.systems()}

    def party(self, ecif_no: str, staff: Staff) -> PartyView:
        """One that this member of staff may see; told to the trail. 404 for all others alike, 403 where its
        data is restricted."""
        found = self.source.party(ecif_no)
        if found is None or not staff.scope.sees(found.golden):
            raise HTTPException(404, NOBODY)
        visible(self.store(), [found.ecif_no], staff)
        return found


def may_take_customers_out(staff: Staff) -> None:
    if not staff.may("parties.export"):
        raise HTTPException(403, f"the role {staff.role} does not allow to take customers out")


def take_out(
    kit: Kit, request: Request, staff: Staff, format: str, name: str, columns: Sequence[Column], words: str,
    rows: Iterable[Row], asked: Asked,
) -> Response:  # fmt: skip
    """A table as a file, sorted and filtered as it is shown, up to what the role may take out. It is in the
    trail with its length."""
    if format not in TYPES or not staff.export_rows:
        raise HTTPException(403, f"the role {staff.role} does not allow to take lists out")
    translate = kit.pages.words.translator(preferences_of(request).language)
    names = [column.name for column in columns]
    titles = [translate(f"{words}.{one}") for one in names]
    taken = _timed(columns, ordered(columns, rows, asked)[: min(staff.export_rows, MOST_ROWS)])
    staff.note(export=name, format=format, rows=len(taken))
    return Response(
        exported(format, names, titles, taken),
        media_type=TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{format}"',
            "Cache-Control": "no-store",
        },
    )


def _timed(columns: Sequence[Column], rows: Iterable[Row]) -> list[Row]:
    """Times as other programs read them, with their offset."""
    times = [column.name for column in columns if column.kind == "tight"]
    return [
        {**row, **{name: machine(row[name]) for name in times if isinstance(row[name], int)}} for row in rows
    ]


def moment_of(text: str, name: str) -> int:
    """Of a date and time as browsers send it: by the bank's own clock unless it says its offset; "" is 0."""
    if not text:
        return 0
    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        raise HTTPException(422, f"{name}: is no date and time") from None


def asked_of(request: Request, *also: str) -> Asked:
    """A table's words of the query; `also` names the page's own."""
    query = request.query_params
    page = query.get("page", "1")
    return Asked(
        sort=query.get("sort", "")[:40],
        find=query.get("find", "")[:100],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        also={name: query.get(name, "")[:200] for name in also},
    )


async def read_form(request: Request) -> dict[str, str]:
    """The text fields of a posted form."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def read_fields(name: str) -> Callable[[Request], Awaitable[list[str]]]:
    """All values of one field, as ticked boxes send it."""

    async def read(request: Request) -> list[str]:
        return [value for value in (await request.form()).getlist(name) if isinstance(value, str)]

    return read


def checked(kind: type[T], form: Mapping[str, Any]) -> T:
    """The form as the API would take it. 422 names the place and the rule, not what stood there."""
    try:
        if issubclass(kind, BaseModel):
            return kind.model_validate(form)
        return msgspec.convert(form, kind)
    except ValidationError as error:
        faults = error.errors(include_input=False)
        text = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in faults)
    except msgspec.ValidationError as error:
        text = str(error).partition("Invalid enum value")[0] or "a field is wrong"
    raise HTTPException(422, text)


def reason_of(form: Mapping[str, str]) -> str:
    """The reason that a form must give. `needs` has looked at it already, where there is one."""
    reason = " ".join(form.get("reason", "").split())[:200]
    if not reason:
        raise HTTPException(422, "reason: state why, in a few words")
    return reason


def now() -> int:
    return int(time.time() * 1_000_000)


def go(path: str, done: str = "") -> RedirectResponse:
    """After a form: a page that can be read again without sending it twice (303)."""
    if not done:
        return RedirectResponse(path, 303)
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={done}", 303)
