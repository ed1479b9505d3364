"""`/api/v1/session`: logging in and out, and one's own account."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ocrm_api.access import own as owning
from ocrm_api.access.identity import COOKIE, OPEN, Staff, entry_of, needs, staff_of
from ocrm_api.access.own import admitted, prove
from ocrm_api.access.schema import (
    FactorConfirmation,
    IssuedToken,
    LogIn,
    Me,
    NewFactor,
    OwnToken,
    PasswordChange,
    PasswordOnly,
    Recovery,
    SessionView,
    TokenView,
)
from ocrm_api.access.services import Services, set_cookie
from ocrm_api.access.staff_routes import moment, told
from ocrm_api.access.store import Session, reference
from ocrm_api.answers import modelled
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.problems import documented
from ocrm_api.trail.answering import begin
from ocrm_api.trail.entry import Entry

Own = Annotated[Staff, needs("account.own")]
TokenOwner = Annotated[Staff, needs("account.tokens")]
Reference = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["00c5be73a7b14f27"])]


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
        locked = services.locked(entry, asked.name)
        if locked is not None:  # before the key is noted: strangers would have two writes of each try
            admitted(locked)
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
        cookie = owning.change_password(services, staff, old=change.old, new=change.new)
        set_cookie(response, request, cookie)

    @router.post("/second-factor", response_model=NewFactor, responses=_KEYED)
    def new_second_factor(request: Request, staff: Own, idempotency_key: IdempotencyKey = None) -> Response:
        """A secret for an authenticator app; in force once it is confirmed. The same request again is not
        told the secret (`withheld`): ask for another under a new key."""

        def act() -> Response:
            return modelled(owning.new_factor(staff))

        return replies.guarded(
            request, staff.name, staff.entry, idempotency_key, None, act, withheld=["secret", "uri"]
        )

    @router.put("/second-factor", responses=own)
    def confirm_second_factor(
        request: Request, response: Response, staff: Own, asked: FactorConfirmation
    ) -> Recovery:
        """From now on a log-in needs a code. Ends all sessions, and opens a new one."""
        codes, cookie = owning.confirm_factor(
            services, staff, password=asked.password, secret=asked.secret, code=asked.code
        )
        set_cookie(response, request, cookie)
        return Recovery(codes=codes)

    @router.post("/second-factor/removal", status_code=204, responses=_KEYED, response_class=Response)
    def remove_second_factor(
        request: Request, staff: Own, asked: PasswordOnly, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """A log-in needs no code any more. Ends all sessions, and opens a new one."""
        prove(services, staff, asked.password)

        def act() -> Response:
            answer = Response(status_code=204)
            set_cookie(answer, request, owning.remove_factor(services, staff))
            return answer

        return replies(request, staff, idempotency_key, None, act)

    # ------------------------------------------------------------ own tokens and sessions

    @router.get("/tokens", responses=documented(401, 403, 429, 503))
    def own_tokens(staff: TokenOwner) -> list[TokenView]:
        """One's own tokens that are in force; nothing they could be made from."""
        return [told(one) for one in owning.tokens(services, staff)]

    @router.post("/tokens", status_code=201, response_model=IssuedToken, responses=_KEYED)
    def issue_own_token(
        request: Request, staff: TokenOwner, asked: OwnToken, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """A token for oneself, limited to the permissions that are named. It is shown only in this answer:
        the same request again issues none, and is not told it (`withheld`)."""
        prove(services, staff, asked.password)

        def act() -> Response:
            token = owning.issue_token(
                services, staff, days=asked.days, label=asked.label, scopes=asked.scopes
            )
            return modelled(IssuedToken(token=token), 201)

        return replies.guarded(
            request, staff.name, staff.entry, idempotency_key, asked.model_dump(exclude={"password"}), act,
            withheld=["token"],
        )  # fmt: skip

    @router.delete("/tokens/{token}", status_code=204, responses=documented(401, 403, 404, 422, 429, 503))
    def revoke_own_token(staff: TokenOwner, token: Reference) -> None:
        """It is refused from now on."""
        owning.revoke_token(services, staff, token)

    @router.get("/sessions", responses=documented(401, 403, 429, 503))
    def own_sessions(staff: Own) -> list[SessionView]:
        """Where one is logged in, the last seen first."""
        return [shown_session(one, staff) for one in owning.sessions(services, staff)]

    @router.delete("/sessions/{session}", status_code=204, responses=documented(401, 403, 404, 422, 429, 503))
    def end_own_session(staff: Own, session: Reference) -> None:
        """That log-in has ended."""
        owning.end_session(services, staff, session)

    @router.delete("/sessions", status_code=204, responses=documented(401, 403, 429, 503))
    def end_other_sessions(staff: Own) -> None:
        """All log-ins of the account but this one have ended."""
        owning.end_others(services, staff)

    return router


def shown_session(one: Session, staff: Staff) -> SessionView:
    return SessionView(
        id=reference(one.digest),
        created_at=moment(one.created_at),
        seen_at=moment(one.seen_at),
        present=one.digest == staff.identity.session,
    )


def _is_still(services: Services, entry: Entry, asked: LogIn) -> None:
    """A kept answer is for who knows the password. Nobody else learns that there is one."""
    refused = services.login.log_in_again(asked.name, asked.password, entry.address or "")
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
