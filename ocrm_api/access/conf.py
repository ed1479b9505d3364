"""`conf/staff.toml`: roles, branches, passwords, lock-out, sessions and OpenID Connect, all of it data.

Every section may be left out, and the file too: the defaults are those of the shipped file.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, Strict, field_validator, model_validator

from ocrm_api.access.masking import FIELDS
from ocrm_api.access.permissions import EVERY, PERMISSIONS

Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RoleConf(Section):
    """What holders of a role may do and see."""

    title: str = ""
    includes: tuple[str, ...] = ()
    """Roles whose permissions and fields this one has, too."""
    permissions: tuple[str, ...] = ()
    """Names of docs/access.md; "*" stands for all."""
    clear: tuple[str, ...] = ()
    """Masked fields (document, phone, address, born, email, annual_income, …) that this role may see as they
    are where it states a reason; "*" stands for all."""
    export_rows: Annotated[int, Strict(), Field(ge=0)] = 0
    """The longest list it may take out as a file."""


class BranchConf(Section):
    """A branch of the bank: who belongs to one sees its customers and those of all branches under it."""

    code: Text
    """As the golden attribute `branch` says it."""
    name: str = ""
    parent: str | None = None


class PasswordConf(Section):
    least: Annotated[int, Strict(), Field(ge=8, le=64)] = 8
    """Characters. No rules on their kinds and no expiry: NIST SP 800-63B-4, 3.1.1.2."""


class LockoutConf(Section):
    """After so many wrong log-ins in a row nobody may try for a while, twice as long each time."""

    failures: Count = 5
    """Of one account."""
    address_failures: Count = 20
    """From one address, whatever the accounts."""
    first_seconds: Count = 30
    cap_seconds: Count = 3600


class SessionConf(Section):
    idle_minutes: Count = 30
    hours: Count = 12
    """However busy it is, it ends after so many."""


class OidcConf(Section):
    """Log-in by the bank's own identity provider (OpenID Connect, authorization code with PKCE)."""

    issuer: HttpUrl
    client_id: Text
    client_secret: Text = Field(repr=False)
    ca: Path | None = None
    """Who signs the provider's certificate; otherwise the system's authorities."""
    base_url: HttpUrl | None = None
    """As browsers reach this server, where it is not as requests say (behind a proxy)."""
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: Text = "preferred_username"
    """Names the account. Accounts that are not there are made at the first log-in."""
    role_claim: Text = "roles"
    roles: Mapping[str, str] = {}
    """Value of that claim → role. The first line that fits counts; without one nobody is let in."""
    branch_claim: str = ""
    """Names the branch, where accounts have one."""

    @field_validator("issuer")
    @classmethod
    def _secure(cls, issuer: HttpUrl) -> HttpUrl:
        if issuer.scheme != "https" and issuer.host not in ("localhost", "127.0.0.1", "[::1]"):
            raise ValueError("must be https: what it says is who somebody is")
        return issuer


DEFAULT_ROLES: Mapping[str, RoleConf] = {
    "viewer": RoleConf(
        title="Reads customers",
        permissions=("account.own", "parties.search", "parties.read", "parties.history"),
    ),
    "steward": RoleConf(
        title="Decides who is who and which value holds",
        includes=("viewer",),
        permissions=(
            "account.tokens", "parties.export", "parties.correct", "parties.pin", "parties.merge",
            "reviews.read", "reviews.decide", "reviews.release", "quality.read", "privacy.read",
            "privacy.change", "privacy.export",
        ),
        clear=("*",),
        export_rows=10_000,
    ),
    "operator": RoleConf(
        title="Keeps the hub running",
        permissions=(
            "account.own", "account.tokens", "operations.read", "operations.change", "journal.read",
            "messages.read", "conf.read", "changes.read", "quality.read",
        ),
    ),
    "admin": RoleConf(
        title="Everything, staff and the audit trail too",
        permissions=("*",),
        clear=("*",),
        export_rows=100_000,
    ),
}  # fmt: skip


class StaffConf(Section):
    """conf/staff.toml."""

    role: Mapping[str, RoleConf] = DEFAULT_ROLES
    branch: tuple[BranchConf, ...] = ()
    password: PasswordConf = PasswordConf()
    lockout: LockoutConf = LockoutConf()
    session: SessionConf = SessionConf()
    oidc: OidcConf | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "StaffConf":
        for name, role in self.role.items():
            _known(f"role.{name}.includes", role.includes, self.role)
            _known(f"role.{name}.permissions", role.permissions, (EVERY, *PERMISSIONS))
            _known(f"role.{name}.clear", role.clear, (EVERY, *FIELDS))
        _without_cycle("role", {name: role.includes for name, role in self.role.items()})
        codes = [branch.code for branch in self.branch]
        if len(codes) != len(set(codes)):
            raise ValueError("branch: a code stands there twice")
        for branch in self.branch:
            _known(f"branch {branch.code}: parent", [branch.parent] if branch.parent else [], codes)
        _without_cycle("branch", {one.code: (one.parent,) if one.parent else () for one in self.branch})
        if self.oidc:
            _known("oidc.roles", self.oidc.roles.values(), self.role)
        return self


def _known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    there = list(known)
    for name in names:
        if name not in there:
            close = get_close_matches(name, there, n=1)
            hint = f": did you mean {close[0]}?" if close else ""
            raise ValueError(f"{where}: there is no {name}{hint}")


def _without_cycle(what: str, above: Mapping[str, Iterable[str]]) -> None:
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise ValueError(f"{what}: {' → '.join((*way, name))} goes round in a circle")
        if name not in done:
            for upper in above[name]:
                walk(upper, (*way, name))
            done.add(name)

    for name in above:
        walk(name, ())
