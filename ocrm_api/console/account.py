"""One's own account: what one may do, password, second factor, API tokens, where one is logged in."""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_urlsafe
from typing import Annotated, Any, TypeVar

import msgspec
import pyotp
from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse

from ocrm_api.access import own
from ocrm_api.access.identity import Staff, needs
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.schema import FactorConfirmation, IssuedToken, OwnToken
from ocrm_api.access.services import set_cookie
from ocrm_api.access.session_routes import shown_session
from ocrm_api.access.staff_routes import told
from ocrm_api.answers import modelled
from ocrm_api.console.drawing.squares import squares
from ocrm_api.console.kit import Kit, checked, go, read_fields, read_form

Own = Annotated[Staff, needs("account.own")]
TokenOwner = Annotated[Staff, needs("account.tokens")]
Form = Annotated[dict[str, str], Depends(read_form)]
Scopes = Annotated[list[str], Depends(read_fields("scopes"))]
Reference = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
HERE = "/console/account"
T = TypeVar("T")


def account_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/account")

    @router.get("", response_class=HTMLResponse)
    def account(request: Request, staff: Own) -> HTMLResponse:
        return _account(kit, request, staff)

    @router.post("/password")
    def change_password(request: Request, staff: Own, form: Form) -> Response:
        """Ends all its sessions; this one goes on as a new one."""
        old, new = form.get("old", ""), form.get("new", "")
        cookie = proved(lambda: own.change_password(kit.services, staff, old=old, new=new))
        return _anew(request, cookie, "changed")

    # ------------------------------------------------------------ second factor

    @router.get("/second-factor", response_class=HTMLResponse)
    def new_factor(request: Request, staff: Own) -> HTMLResponse:
        """A new secret each time; kept nowhere until it is confirmed."""
        return _factor(kit, request, staff, own.new_factor(staff).secret or "")

    @router.post("/second-factor")
    def confirm_factor(request: Request, staff: Own, form: Form) -> Response:
        asked = checked(FactorConfirmation, form)
        try:
            codes, cookie = proved(lambda: own.confirm_factor(kit.services, staff, **asked.model_dump()))
        except HTTPException as refused:
            if refused.status_code == 429:
                raise
            return _factor(kit, request, staff, asked.secret, refused.status_code)
        identity = kit.services.directory.by_cookie(cookie)
        assert identity is not None
        mine = replace(staff, identity=identity)
        answer = kit.pages.show(request, "login/recovery.html", mine, codes=codes)
        set_cookie(answer, request, cookie)
        return answer

    @router.post("/second-factor/removal")
    def remove_factor(request: Request, staff: Own, form: Form) -> Response:
        proved(lambda: own.prove(kit.services, staff, form.get("password", "")))
        return _anew(request, own.remove_factor(kit.services, staff), "changed")

    # ------------------------------------------------------------ tokens and sessions

    @router.post("/tokens", response_class=HTMLResponse)
    def issue_token(request: Request, staff: TokenOwner, form: Form, scopes: Scopes) -> HTMLResponse:
        """The page that shows it, once: a form sent twice makes one token."""
        asked = checked(OwnToken, {**form, "scopes": scopes})
        proved(lambda: own.prove(kit.services, staff, asked.password))

        def act() -> Response:
            token = own.issue_token(
                kit.services, staff, days=asked.days, label=asked.label, scopes=asked.scopes
            )
            return modelled(IssuedToken(token=token), 201)

        answer = kit.replies.guarded(
            request, staff.name, staff.entry, form.get("once", "")[:100] or None,
            asked.model_dump(exclude={"password"}), act, withheld=["token"],
        )  # fmt: skip
        return _account(kit, request, staff, issued=msgspec.json.decode(answer.body))

    @router.post("/tokens/{token}/revoke")
    def revoke_token(staff: TokenOwner, token: Reference) -> Response:
        own.revoke_token(kit.services, staff, token)
        return go(HERE, "revoked")

    @router.post("/sessions/end-others")
    def end_others(staff: Own) -> Response:
        own.end_others(kit.services, staff)
        return go(HERE, "ended")

    @router.post("/sessions/{session}/end")
    def end_session(staff: Own, session: Reference) -> Response:
        own.end_session(kit.services, staff, session)
        return go(HERE, "ended")

    return router


def proved(act: Callable[[], T]) -> T:
    """A wrong password here is no reason to be led to the log-in page."""
    try:
        return act()
    except HTTPException as refused:
        if refused.status_code != 401:
            raise
        raise HTTPException(403, "the password is not this one") from None


def _anew(request: Request, cookie: str, done: str) -> Response:
    answer = go(HERE, done)
    set_cookie(answer, request, cookie)
    return answer


def _factor(kit: Kit, request: Request, staff: Staff, secret: str, refused: int = 0) -> HTMLResponse:
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name="ECIF")
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return kit.pages.show(
        request, "login/factor.html", staff, status=refused or 200, code=squares(uri), secret=secret,
        groups=groups, refused=refused, again=staff.identity.account.totp is not None,
    )  # fmt: skip


def _account(
    kit: Kit, request: Request, staff: Staff, *, issued: dict[str, Any] | None = None
) -> HTMLResponse:
    services, mine = kit.services, staff.identity.account
    tokens = own.tokens(services, staff) if staff.may("account.tokens") else []
    return kit.pages.show(
        request, "login/account.html", staff, account=services.accounts.get(staff.name),
        may={name: PERMISSIONS[name] for name in PERMISSIONS if staff.may(name)},
        title=services.accounts.roles.title(staff.role), tokens=[told(one) for one in tokens],
        sessions=[shown_session(one, staff) for one in own.sessions(services, staff)], issued=issued,
        once=token_urlsafe(16), has_password=mine.password is not None,
    )  # fmt: skip
