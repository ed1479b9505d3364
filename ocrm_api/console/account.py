"""One's own account: what one may do, and another password."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.services import set_cookie
from ocrm_api.console.kit import Kit, go, read_form

Own = Annotated[Staff, needs("account.own")]


def account_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/account")

    @router.get("", response_class=HTMLResponse)
    def account(request: Request, staff: Own) -> HTMLResponse:
        may = {name: PERMISSIONS[name] for name in PERMISSIONS if staff.may(name)}
        return kit.pages.show(
            request, "login/account.html", staff, may=may, account=staff.identity.account,
            title=kit.services.accounts.roles.title(staff.role),
        )  # fmt: skip

    @router.post("/password")
    def change_password(
        request: Request, staff: Own, form: Annotated[dict[str, str], Depends(read_form)]
    ) -> Response:
        """Ends all its sessions; this one goes on as a new one."""
        account, address = staff.identity.account, staff.entry.address or ""
        if not kit.services.login.is_password(account, form.get("old", ""), address):
            raise HTTPException(403, "the old password is not this one")
        kit.services.allowed(lambda: kit.services.accounts.set_password(staff.name, form.get("new", "")))
        answer = go("/console/account", "changed")
        set_cookie(answer, request, kit.services.directory.open_session(staff.name)[0])
        return answer

    return router
