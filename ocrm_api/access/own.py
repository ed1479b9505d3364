"""One's own account: password, second factor, tokens, sessions. What API routes and console pages both call.

Whatever keeps others out is changed by who is logged in and knows the password: a session that somebody left
open must not be enough, and a token never is.
"""

from collections.abc import Sequence

import pyotp
from fastapi import HTTPException

from ocrm_api.access.identity import Staff
from ocrm_api.access.login import Locked, LoggedIn, Outcome, Wrong, matching_step
from ocrm_api.access.schema import NewFactor
from ocrm_api.access.secrets import recovery_codes
from ocrm_api.access.services import Services
from ocrm_api.access.store import Session, Token, reference
from ocrm_api.trail.entry import now


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
    """403 for tokens, 401 and 429 as a log-in."""
    logged_in(staff)
    refused = services.login.log_in_again(staff.name, password, staff.entry.address or "")
    if refused is not None:
        admitted(refused)


def logged_in(staff: Staff) -> None:
    if staff.identity.via != "session":
        raise HTTPException(403, "only who is logged in may do this, no token")


# ---------------------------------------------------------------- what keeps others out


def change_password(services: Services, staff: Staff, *, old: str, new: str) -> str:
    """Ends all its sessions; the cookie of the new one."""
    prove(services, staff, old)
    services.allowed(lambda: services.accounts.set_password(staff.name, new))
    return services.directory.open_session(staff.name)[0]


def new_factor(staff: Staff) -> NewFactor:
    """In force once it is confirmed; until then kept by nobody but who was shown it."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name="ECIF")
    return NewFactor(secret=secret, uri=uri)


def confirm_factor(
    services: Services, staff: Staff, *, password: str, secret: str, code: str
) -> tuple[list[str], str]:
    """(recovery codes, cookie of the new session). All its sessions end."""
    prove(services, staff, password)
    if matching_step(secret, code, now() / 1_000_000) is None:
        raise HTTPException(422, "code: is not the one of this secret and moment")
    codes = recovery_codes()
    services.allowed(lambda: services.accounts.set_totp(staff.name, secret, codes))
    return codes, services.directory.open_session(staff.name)[0]


def remove_factor(services: Services, staff: Staff) -> str:
    """After `prove`. All its sessions end; the cookie of the new one."""
    services.allowed(lambda: services.accounts.drop_totp(staff.name))
    return services.directory.open_session(staff.name)[0]


# ---------------------------------------------------------------- tokens


def issue_token(
    services: Services, staff: Staff, *, days: int, label: str | None, scopes: Sequence[str]
) -> str:
    """After `prove`. Limited to permissions that one has oneself, each named."""
    beyond = sorted(set(scopes) - staff.permissions)
    if beyond:
        raise HTTPException(403, f"you may not do this yourself: {', '.join(beyond)}"[:300])
    if not scopes:
        raise HTTPException(422, "scopes: name what the token is for")
    staff.note(token="issued", days=days, scopes=sorted(set(scopes)))
    return services.allowed(
        lambda: services.accounts.issue_token(
            staff.name, days=days, label=label, scopes=tuple(dict.fromkeys(scopes))
        )
    )


def tokens(services: Services, staff: Staff) -> list[Token]:
    """Those in force."""
    at = now()
    return [
        one
        for one in services.accounts.tokens(staff.name)
        if one.revoked_at is None and (one.ends_at is None or one.ends_at > at)
    ]


def revoke_token(services: Services, staff: Staff, token: str) -> None:
    """404 where it is nobody's or another's."""
    staff.note(token="revoked")
    if not services.allowed(lambda: services.accounts.revoke_token(staff.name, token)):
        raise HTTPException(404, "you have no such token")


# ---------------------------------------------------------------- sessions


def sessions(services: Services, staff: Staff) -> list[Session]:
    """Those that have not ended, the last seen first."""
    return services.directory.sessions(staff.name)


def end_session(services: Services, staff: Staff, session: str) -> None:
    """One of one's own, the present one too."""
    logged_in(staff)
    for one in sessions(services, staff):
        if reference(one.digest) == session:
            services.directory.end_session(one.digest)
            return
    raise HTTPException(404, "you have no such session")


def end_others(services: Services, staff: Staff) -> None:
    """All but the present one."""
    logged_in(staff)
    services.directory.end_others(staff.name, staff.identity.session)
