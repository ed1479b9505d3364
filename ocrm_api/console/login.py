"""Logging in and out by name, password and, where the account has one, the code of a second factor."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from ocrm_api.access.identity import COOKIE, OPEN, Staff, entry_of, needs
from ocrm_api.access.login import CodeNeeded, Locked, LoggedIn, Outcome
from ocrm_api.access.services import set_cookie
from ocrm_api.console.kit import Kit, go, read_form
from ocrm_api.console.preferences import HOME, within
from ocrm_api.trail.answering import begin

Form = Annotated[dict[str, str], Depends(read_form)]
_LONGEST: Final = 400


def login_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/login", response_class=HTMLResponse, dependencies=[OPEN])
    def ask(
        request: Request,
        to: Annotated[str, Query(max_length=2000)] = HOME,
        ended: Annotated[bool, Query()] = False,
    ) -> HTMLResponse:
        return _page(kit, request, to, "ended" if ended else "")

    @router.post("/login", dependencies=[OPEN])
    def log_in(request: Request, form: Form) -> Response:
        kit.services.same_origin(request)
        entry = begin(request.scope, entry_of(request, "log_in"))
        name, password, code = (form.get(field, "")[:_LONGEST] for field in ("name", "password", "code"))
        outcome = kit.services.log_in(entry, name, password, code)
        to = within(form.get("to", HOME))
        if not isinstance(outcome, LoggedIn):
            return _refused(kit, request, to, outcome, name)
        answer = go(to)
        set_cookie(answer, request, outcome.cookie)
        return answer

    @router.post("/logout")
    def log_out(staff: Annotated[Staff, needs("account.own")]) -> Response:
        if staff.identity.session:
            kit.services.directory.end_session(staff.identity.session)
        answer = go("/console/login")
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return router


def _refused(kit: Kit, request: Request, to: str, outcome: Outcome, name: str) -> HTMLResponse:
    if isinstance(outcome, Locked):
        answer = _page(kit, request, to, "locked", 429, name=name)
        answer.headers["Retry-After"] = str(outcome.seconds)
        return answer
    why = "code_wanted" if isinstance(outcome, CodeNeeded) else "refused"
    return _page(kit, request, to, why, 401, name=name)


def _page(
    kit: Kit, request: Request, to: str, why: str = "", status: int = 200, *, name: str = ""
) -> HTMLResponse:
    oidc = kit.services.conf.oidc is not None
    return kit.pages.show(
        request, "login/login.html", status=status, to=within(to), why=why, name=name, oidc=oidc
    )
