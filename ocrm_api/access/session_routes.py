"""`/api/v1/session`: logging in and out, and one's own account."""

from typing import Annotated

import pyotp
from fastapi import APIRouter, HTTPException, Request, Response

from ocrm_api.access.identity import COOKIE, OPEN, Staff, entry_of, needs, staff_of
from ocrm_api.access.login import Locked, LoggedIn, Outcome, Wrong, matching_step
from ocrm_api.access.schema import (
    FactorConfirmation,
    LogIn,
    Me,
    NewFactor,
    PasswordChange,
    PasswordOnly,
    Recovery,
)
from ocrm_api.access.secrets import recovery_codes
from ocrm_api.access.services import Services, set_cookie
from ocrm_api.problems import documented
from ocrm_api.trail.answering import begin
from ocrm_api.trail.entry import now

Own = Annotated[Staff, needs("account.own")]


def session_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/v1/session", tags=["session"])
    own = documented(401, 403, 422, 429, 503)

    @router.post("", dependencies=[OPEN], responses=documented(401, 403, 422, 429, 503))
    def log_in(request: Request, response: Response, asked: LogIn) -> Me:
        """Opens a session: the cookie names it, and what changes something shows the CSRF token too."""
        services.same_origin(request)
        entry = begin(request.scope, entry_of(request, "log_in"))
        outcome = services.log_in(entry, asked.name, asked.password, asked.code)
        found = admitted(outcome)
        set_cookie(response, request, found.cookie)
        identity = services.directory.by_cookie(found.cookie)
        assert identity is not None
        return _me(staff_of(services.accounts, identity, entry))

    @router.get("", responses=documented(401, 403, 503))
    def who_am_i(staff: Own) -> Me:
        """Who asks, by session or token."""
        return _me(staff)

    @router.delete("", status_code=204, responses=documented(401, 403, 503))
    def log_out(request: Request, response: Response, staff: Own) -> None:
        """Ends the session. A token is not ended by it."""
        if staff.identity.session:
            services.directory.end_session(staff.identity.session)
        response.delete_cookie(COOKIE, path="/")

    @router.put("/password", status_code=204, responses=own)
    def change_password(request: Request, response: Response, staff: Own, change: PasswordChange) -> None:
        """Ends all sessions of the account, this one too, and opens a new one."""
        _prove(services, staff, change.old)
        services.allowed(lambda: services.accounts.set_password(staff.name, change.new))
        set_cookie(response, request, services.directory.open_session(staff.name)[0])

    @router.post("/second-factor", responses=documented(401, 403, 503))
    def new_second_factor(staff: Own) -> NewFactor:
        """A secret for an authenticator app; in force once it is confirmed."""
        secret = pyotp.random_base32()
        uri = pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name="ECIF")
        return NewFactor(secret=secret, uri=uri)

    @router.put("/second-factor", responses=own)
    def confirm_second_factor(
        request: Request, response: Response, staff: Own, asked: FactorConfirmation
    ) -> Recovery:
        """From now on a log-in needs a code. Ends all sessions, and opens a new one."""
        _prove(services, staff, asked.password)
        if matching_step(asked.secret, asked.code, now() / 1_000_000) is None:
            raise HTTPException(422, "code: is not the one of this secret and moment")
        codes = recovery_codes()
        services.allowed(lambda: services.accounts.set_totp(staff.name, asked.secret, codes))
        set_cookie(response, request, services.directory.open_session(staff.name)[0])
        return Recovery(codes=codes)

    @router.post("/second-factor/removal", status_code=204, responses=own)
    def remove_second_factor(request: Request, response: Response, staff: Own, asked: PasswordOnly) -> None:
        """A log-in needs no code any more."""
        _prove(services, staff, asked.password)
        services.allowed(lambda: services.accounts.drop_totp(staff.name))
        set_cookie(response, request, services.directory.open_session(staff.name)[0])

    return router


def admitted(outcome: Outcome) -> LoggedIn:
    """Raises what the others are answered with."""
    if isinstance(outcome, LoggedIn):
        return outcome
    if isinstance(outcome, Locked):
        raise HTTPException(429, "too many wrong log-ins: wait", {"Retry-After": str(outcome.seconds)})
    if isinstance(outcome, Wrong):
        raise HTTPException(401, "name, password or code are wrong")
    raise HTTPException(401, "the code of the second factor is needed", {"X-Second-Factor": "needed"})


def _prove(services: Services, staff: Staff, password: str) -> None:
    """A session that somebody left open must not change what keeps others out."""
    if staff.identity.via != "session":
        raise HTTPException(403, "only who is logged in may do this, no token")
    refused = services.login.log_in_again(staff.identity.account, password, staff.entry.address or "")
    if refused is not None:
        admitted(refused)


def _me(staff: Staff) -> Me:
    return Me(
        name=staff.name,
        role=staff.role,
        permissions=sorted(staff.permissions),
        clear=sorted(staff.clear),
        whole_bank=staff.scope.whole,
        export_rows=staff.export_rows,
        csrf_token=staff.identity.csrf,
    )
