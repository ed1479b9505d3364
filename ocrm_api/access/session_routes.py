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
from ocrm_api.answers import modelled
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.problems import documented
from ocrm_api.trail.answering import begin
from ocrm_api.trail.entry import Entry, now

Own = Annotated[Staff, needs("account.own")]


_KEYED = documented(*sorted({401, 403, 429, 503, *once.PROBLEMS}))


def session_routes(services: Services, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1/session", tags=["session"])
    own = documented(401, 403, 422, 429, 503)

    @router.post("", dependencies=[OPEN], response_model=Me, responses=_KEYED)
    def log_in(request: Request, asked: LogIn, idempotency_key: IdempotencyKey = None) -> Response:
        """Opens a session: the cookie names it, and what changes something shows the CSRF token too.

        An Idempotency-Key may be left out. Under one, whoever comes again is asked for the password again and
        opens no second session; cookie and CSRF token were in the first answer only (`withheld`)."""
        services.same_origin(request)
        entry = begin(request.scope, entry_of(request, "log_in"))

        def act() -> Response:
            found = admitted(services.log_in(entry, asked.name, asked.password, asked.code))
            identity = services.directory.by_cookie(found.cookie)
            assert identity is not None
            answer = modelled(_me(staff_of(services.accounts, identity, entry)))
            set_cookie(answer, request, found.cookie)
            return answer

        if idempotency_key is None:
            return act()
        return replies.guarded(
            request, services.hidden(asked.name), entry, idempotency_key, {"code": asked.code}, act,
            withheld=["csrf_token"], prove=lambda: _is_still(services, entry, asked),
        )  # fmt: skip

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
        prove(services, staff, change.old)
        services.allowed(lambda: services.accounts.set_password(staff.name, change.new))
        set_cookie(response, request, services.directory.open_session(staff.name)[0])

    @router.post("/second-factor", response_model=NewFactor, responses=_KEYED)
    def new_second_factor(request: Request, staff: Own, idempotency_key: IdempotencyKey = None) -> Response:
        """A secret for an authenticator app; in force once it is confirmed. The same request again is not
        told the secret (`withheld`): ask for another under a new key."""

        def act() -> Response:
            return modelled(new_factor(staff))

        return replies.guarded(
            request, staff.name, staff.entry, idempotency_key, None, act, withheld=["secret", "uri"]
        )

    @router.put("/second-factor", responses=own)
    def confirm_second_factor(
        request: Request, response: Response, staff: Own, asked: FactorConfirmation
    ) -> Recovery:
        """From now on a log-in needs a code. Ends all sessions, and opens a new one."""
        prove(services, staff, asked.password)
        if matching_step(asked.secret, asked.code, now() / 1_000_000) is None:
            raise HTTPException(422, "code: is not the one of this secret and moment")
        codes = recovery_codes()
        services.allowed(lambda: services.accounts.set_totp(staff.name, asked.secret, codes))
        set_cookie(response, request, services.directory.open_session(staff.name)[0])
        return Recovery(codes=codes)

    @router.post("/second-factor/removal", status_code=204, responses=_KEYED, response_class=Response)
    def remove_second_factor(
        request: Request, staff: Own, asked: PasswordOnly, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """A log-in needs no code any more. Ends all sessions, and opens a new one."""
        prove(services, staff, asked.password)

        def act() -> Response:
            services.allowed(lambda: services.accounts.drop_totp(staff.name))
            answer = Response(status_code=204)
            set_cookie(answer, request, services.directory.open_session(staff.name)[0])
            return answer

        return replies(request, staff, idempotency_key, None, act)

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


def prove(services: Services, staff: Staff, password: str) -> None:
    """A session that somebody left open must not change what keeps others out."""
    if staff.identity.via != "session":
        raise HTTPException(403, "only who is logged in may do this, no token")
    refused = services.login.log_in_again(staff.identity.account, password, staff.entry.address or "")
    if refused is not None:
        admitted(refused)


def new_factor(staff: Staff) -> NewFactor:
    secret = pyotp.random_base32()
    return NewFactor(
        secret=secret, uri=pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name="ECIF")
    )


def _is_still(services: Services, entry: Entry, asked: LogIn) -> None:
    """A kept answer is for who knows the password. Nobody else learns that there is one."""
    found = services.by_name(asked.name)
    refused = (
        Wrong() if found is None else services.login.log_in_again(found, asked.password, entry.address or "")
    )
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
