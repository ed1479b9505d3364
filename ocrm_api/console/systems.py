"""Each system: how it is reached, what it speaks, how far it is behind."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse

from ecif.store import reports
from ocrm_api.access.identity import Staff, needs, whole_bank_only
from ocrm_api.console.kit import Kit, go, read_form, reason_of
from ocrm_api.console.overview import system_states
from ocrm_api.operations.watching import seen

Operator = Annotated[Staff, needs("operations.change")]
Form = Annotated[dict[str, str], Depends(read_form)]
Name = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
RECENT = 20


def system_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/systems")

    @router.get("", response_class=HTMLResponse)
    def systems(request: Request, staff: Annotated[Staff, needs("operations.read")]) -> HTMLResponse:
        whole_bank_only(staff)
        hub = kit.hub()
        return kit.pages.show(
            request, "systems/systems.html", staff, section="systems", hub=hub,
            systems=system_states(kit, hub),
        )  # fmt: skip

    @router.get("/{name}", response_class=HTMLResponse)
    def system(
        request: Request,
        name: Name,
        staff: Annotated[Staff, needs("operations.read")],
    ) -> HTMLResponse:
        whole_bank_only(staff)
        hub = kit.hub()
        found = next((one for one in system_states(kit, hub) if one["name"] == name), None)
        if found is None:
            raise HTTPException(404, "no such system")
        with kit.store().reading() as connection:
            rows = seen(connection, reports.journal(connection, system=name, limit=RECENT), staff)
        delivery = hub["delivery"].get(name, {}) if hub else {}
        kinds = [row[2:] for row in hub["messages"] if row[0] == name and row[1] == "in"] if hub else []
        return kit.pages.show(
            request, "systems/system.html", staff, section="systems", hub=hub, system=found, rows=rows,
            delivery=delivery, kinds=kinds, resync=kit.orders.resync_state(name, staff),
        )  # fmt: skip

    @router.post("/{name}/pause")
    def pause(name: Name, staff: Operator, form: Form) -> Response:
        kit.orders.pause(name, staff, reason=reason_of(form))
        return go(f"/console/systems/{name}", "paused")

    @router.post("/{name}/resume")
    def resume(name: Name, staff: Operator, form: Form) -> Response:
        kit.orders.resume(name, staff, reason=reason_of(form))
        return go(f"/console/systems/{name}", "resumed")

    @router.post("/{name}/resync")
    def resync(name: Name, staff: Operator, form: Form) -> Response:
        kit.orders.resync(name, staff, reason=reason_of(form), rehearse="rehearse" in form)
        return go(f"/console/systems/{name}", "resync")

    return router
