"""Accounts and roles, for those who give rights to others."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.staff_routes import may_give, shown
from ocrm_api.console.kit import Kit, go, read_form

Changer = Annotated[Staff, needs("staff.change")]
Form = Annotated[dict[str, str], Depends(read_form)]
Account = Annotated[str, Path(min_length=1, max_length=80)]


def staff_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/staff")
    services, accounts = kit.services, kit.services.accounts

    @router.get("", response_class=HTMLResponse)
    def staff_and_roles(request: Request, staff: Annotated[Staff, needs("staff.read")]) -> HTMLResponse:
        roles = accounts.roles
        held: dict[str, Any] = {
            role: {
                "title": roles.title(role),
                "permissions": roles.permissions(role),
                "clear": sorted(roles.clear(role)),
                "export_rows": roles.export_rows(role),
            }
            for role in roles.names
        }
        return kit.pages.show(
            request, "staff/staff.html", staff, section="staff", permissions=PERMISSIONS, roles=held,
            accounts=[shown(account) for account in accounts.all()],
        )  # fmt: skip

    @router.post("")
    def add(staff: Changer, form: Form) -> Response:
        name, role, password = (form.get(field, "").strip() for field in ("name", "role", "password"))
        branch, own_only = form.get("branch", "").strip() or None, "own_only" in form
        staff.note(account=name[:80], role=role[:40])
        if role in accounts.roles:
            may_give(services, staff, role)
        services.allowed(
            lambda: accounts.add(name, role, password=password or None, branch=branch, own_only=own_only)
        )
        return go("/console/staff", "added")

    @router.post("/{name}/disable")
    def disable(staff: Changer, name: Account) -> Response:
        staff.note(account=name)
        may_give(services, staff, services.allowed(lambda: accounts.get(name)).role)
        services.allowed(lambda: accounts.disable(name))
        return go("/console/staff", "changed")

    @router.post("/{name}/enable")
    def enable(staff: Changer, name: Account) -> Response:
        staff.note(account=name)
        may_give(services, staff, services.allowed(lambda: accounts.get(name)).role)
        services.allowed(lambda: accounts.enable(name))
        return go("/console/staff", "changed")

    return router
