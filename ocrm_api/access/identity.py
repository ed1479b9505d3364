"""The seam of all routes: who asks, what they may do, whom they see, and the entry in the trail.

    Reader = Annotated[Staff, needs("parties.read")]

    @router.get("/{ecif_no}")
    def party(ecif_no: EcifNo, staff: Reader) -> PartyView:
        found = source.party(ecif_no)
        if found is None or not staff.scope.sees(found.golden):   # 404 in both cases, the same text
            raise HTTPException(404, "no customer has this ECIF number")
        staff.saw(found.ecif_no)
        … staff.masked(attribute, value) …

Every route either `needs` a permission or is marked OPEN; a test fails where one is neither. What a route
needs is recorded with the answer's status before the answer leaves; `saw` and `note` tell more. Statements
that find parties take `where(within(staff.scope))` (`ocrm_api.access.scope`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.concurrency import run_in_threadpool

from ecif.model import Value
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.directory import Directory, Identity
from ocrm_api.access.masking import field_of, masked_value
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.rates import Rates
from ocrm_api.access.scope import Scope
from ocrm_api.trail.answering import begin
from ocrm_api.trail.entry import Entry

COOKIE = "ecif_session"
CSRF_HEADER, CSRF_FIELD = "X-CSRF-Token", "csrf_token"
REASON_HEADER = "X-Reason"
_LEAST_REASON, _LONGEST_REASON = 4, 200
_SAFE = ("GET", "HEAD", "OPTIONS")
_BEARER = HTTPBearer(auto_error=False, description="A token of `ecif staff token`")
_SESSION = APIKeyCookie(name=COOKIE, auto_error=False, description="A log-in; needs X-CSRF-Token to change")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who asks, in this request."""

    name: str
    role: str
    permissions: frozenset[str]
    scope: Scope
    clear: frozenset[str]
    """Masked fields that it may see as they are, where it states a reason."""
    export_rows: int
    entry: Entry
    """This act in the trail."""
    identity: Identity
    reason: str | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def saw(self, *ecif_nos: str) -> None:
        """These parties are shown or changed by the answer."""
        self.entry.parties.update(dict.fromkeys(ecif_nos))

    def note(self, **told: Any) -> None:
        """What else the trail should know. No customer's values."""
        self.entry.notes.update(told)

    def because(self, reason: str) -> "Staff":
        """With a reason that came another way than by header or form."""
        stated = stated_reason(reason)
        self.entry.reason = stated
        return replace(self, reason=stated)

    def masked(self, attribute: str, value: Value) -> Value:
        """The value as this member of staff may see it: clear only where role and a stated reason allow."""
        field = field_of(attribute)
        if field is None:
            return value
        if self.reason is None or field not in self.clear:
            return masked_value(attribute, value)
        shown = self.entry.notes.setdefault("clear", [])
        if field not in shown:
            shown.append(field)
        return value


class Access(Protocol):
    """What `needs` works with; the application holds it as `app.state.access`."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def directory(self) -> Directory: ...

    @property
    def rates(self) -> Rates: ...


class Needs:
    """The dependency. A test reads `permission` from every route."""

    def __init__(self, permission: str) -> None:
        if permission not in PERMISSIONS:
            raise ValueError(f"there is no permission {permission}: add it to ocrm_api.access.permissions")
        self.permission = permission

    def __repr__(self) -> str:
        return f"needs({self.permission!r})"

    async def __call__(
        self,
        request: Request,
        _bearer: Annotated[object, Security(_BEARER)],
        _session: Annotated[object, Security(_SESSION)],
    ) -> Staff:
        access: Access = request.app.state.access
        address = request.client.host if request.client else ""
        identity = await _identified(request, access.directory)
        if identity is None:
            # Before the trail: whoever is refused too often must not make it write as often.
            too_many(access.rates.refused(address))
        else:
            too_many(access.rates.wait(identity.via, identity.account.name))
        entry = begin(request.scope, entry_of(request, self.permission))
        if identity is None:
            raise HTTPException(401, "log in, or send a token", {"WWW-Authenticate": "Bearer"})
        entry.actor, entry.via = identity.account.name, identity.via
        if identity.via == "session" and request.method not in _SAFE:
            await _check_csrf(request, identity)
        staff = staff_of(access.accounts, identity, entry)
        if not staff.may(self.permission):
            raise HTTPException(
                403, f"the role {staff.role} does not allow to {PERMISSIONS[self.permission]}"
            )
        reason = await _reason(request)
        return staff if reason is None else staff.because(reason)


def needs(permission: str) -> Any:
    """`Annotated[Staff, needs("parties.read")]`, or `dependencies=[needs("parties.read")]`."""
    return Depends(Needs(permission))


def _open() -> None:
    """Nothing to check."""


OPEN = Depends(_open)
"""`dependencies=[OPEN]`: a route for everybody who may connect."""


def permission_of(dependency: Callable[..., Any] | None) -> str | None:
    """For the test over all routes: what a dependency asks for, "" for OPEN, None for any other."""
    if isinstance(dependency, Needs):
        return dependency.permission
    return "" if dependency is _open else None


def staff_of(accounts: Accounts, identity: Identity, entry: Entry) -> Staff:
    account, roles = identity.account, accounts.roles
    rights = roles.rights(account.role)
    permissions = rights.permissions
    if identity.scopes is not None:
        permissions &= frozenset(identity.scopes)
    scope = roles.scope(account.branch, own_only=account.own_only, manager=account.manager or account.name)
    return Staff(
        name=account.name,
        role=account.role,
        permissions=permissions,
        scope=scope,
        clear=rights.clear,
        export_rows=rights.export_rows,
        entry=entry,
        identity=identity,
    )


def whole_bank_only(staff: Staff) -> None:
    """Counts of the bank tell of customers that somebody with a narrower scope must not know of."""
    if not staff.scope.whole:
        raise HTTPException(403, "figures of the whole bank are for those who see all of it")


def too_many(seconds: float) -> None:
    """Raises 429 where there is something to wait for."""
    if seconds > 0:
        raise HTTPException(429, "too many requests: wait", {"Retry-After": str(int(seconds) + 1)})


def entry_of(request: Request, action: str) -> Entry:
    route = request.scope.get("route")
    return Entry(
        action,
        address=request.client.host if request.client else None,
        method=request.method,
        route=getattr(route, "path", None),
    )


def stated_reason(text: str) -> str:
    """Raises 422 where it says nothing."""
    stated = " ".join(text.split())[:_LONGEST_REASON]
    if len(stated) < _LEAST_REASON or not any(one.isalpha() for one in stated):
        raise HTTPException(422, "reason: state why, in a few words")
    return stated


async def _identified(request: Request, directory: Directory) -> Identity | None:
    """A token goes before a cookie; a wrong one is not made good by the other."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            return None
        return directory.kept(token) or await run_in_threadpool(directory.by_token, token)
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    return directory.kept(cookie) or await run_in_threadpool(directory.by_cookie, cookie)


async def _check_csrf(request: Request, identity: Identity) -> None:
    """A page of another origin can send the cookie along, but cannot read what must come with it."""
    shown = request.headers.get(CSRF_HEADER) or await _field(request, CSRF_FIELD)
    if not shown or not compare_digest(shown.encode(), identity.csrf.encode()):
        raise HTTPException(403, f"{CSRF_HEADER} is missing or not of this log-in")


async def _reason(request: Request) -> str | None:
    header = request.headers.get(REASON_HEADER)
    if header is not None:
        return _text_of(header)
    return await _field(request, "reason") or None


def _text_of(header: str) -> str:
    """Headers are bytes; ours are UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


async def _field(request: Request, name: str) -> str:
    """Of a form; "" where the body is something else."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    value = (await request.form()).get(name)
    return value if isinstance(value, str) else ""
