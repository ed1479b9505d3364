"""`/api/v1/staff`: accounts and roles, for those who give rights to others."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response

from ocrm_api import tags
from ocrm_api.access.identity import Staff, needs
from ocrm_api.access.schema import (
    AccountChange,
    AccountView,
    IssuedToken,
    NewAccount,
    NewToken,
    TokenView,
)
from ocrm_api.access.services import Services
from ocrm_api.access.store import Account, Token, reference
from ocrm_api.answers import modelled
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.problems import documented
from ocrm_api.tags import IfMatch
from ocrm_api.trail.entry import now

Reader = Annotated[Staff, needs("staff.read")]
Changer = Annotated[Staff, needs("staff.change")]
AccountName = Annotated[str, Path(min_length=1, max_length=80, examples=["li.na"])]
_CHANGED = documented(401, 403, 404, 422, 429, 503)
_MATCHED = documented(*sorted({401, 403, 404, 422, 429, 503, *tags.PROBLEMS}))
_KEYED = documented(*sorted({401, 403, 404, 429, 503, *once.PROBLEMS}))


def staff_routes(services: Services, replies: Once) -> APIRouter:
    router = APIRouter(prefix="/api/v1/staff", tags=["staff"])
    accounts = services.accounts

    @router.get("", responses=documented(401, 403, 503))
    def list_accounts(_staff: Reader) -> list[AccountView]:
        """Every account, without anything secret."""
        return [shown(account) for account in accounts.all()]

    @router.get("/roles", responses=documented(401, 403, 503))
    def list_roles(_staff: Reader) -> dict[str, Any]:
        """Roles with what they allow, as conf has them."""
        roles = accounts.roles
        return {
            role: {
                "title": roles.title(role),
                "permissions": sorted(roles.permissions(role)),
                "clear": sorted(roles.clear(role)),
                "export_rows": roles.export_rows(role),
            }
            for role in roles.names
        }

    @router.post("", status_code=201, response_model=AccountView, responses=_KEYED)
    def add_account(
        request: Request, staff: Changer, asked: NewAccount, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Makes an account. Without a password it can use tokens and OpenID Connect only."""
        staff.note(account=asked.name, role=asked.role)
        may_give(services, staff, asked.role)

        def act() -> Response:
            services.allowed(lambda: accounts.add(**asked.model_dump()))
            return modelled(shown(accounts.get(asked.name)), 201)

        return replies.guarded(
            request, staff.name, staff.entry, idempotency_key, asked.model_dump(exclude={"password"}), act,
            secrets={} if asked.password is None else {"password": asked.password},
        )  # fmt: skip

    @router.get("/{name}", response_model=AccountView, responses=documented(401, 403, 404, 422, 503))
    def one_account(_staff: Reader, name: AccountName) -> Response:
        """One account. Its ETag is what a change of it must name."""
        return _with_tag(services.allowed(lambda: accounts.get(name)))

    @router.patch("/{name}", response_model=AccountView, responses=_MATCHED)
    def change_account(
        staff: Changer, name: AccountName, change: AccountChange, if_match: IfMatch = None
    ) -> Response:
        """Changes what is given, all of it or nothing. Its sessions end where rights are taken away."""
        staff.note(account=name, changed=sorted(change.model_fields_set))
        may_give(services, staff, services.allowed(lambda: accounts.get(name)).role, change.role)

        def looked_at(found: Account) -> None:
            tags.still(if_match, _tag(found))
            may_give(services, staff, found.role)

        given = change.model_dump(include=change.model_fields_set - _STAYS_IF_NULL)
        given |= {name: value for name, value in change.model_dump(include=_STAYS_IF_NULL).items()
                  if value is not None}  # fmt: skip
        return _with_tag(services.allowed(lambda: accounts.change(name, looked_at, **given)))

    @router.get("/{name}/tokens", responses=_CHANGED)
    def list_tokens(_staff: Reader, name: AccountName) -> list[TokenView]:
        """Tokens of an account; nothing they could be made from."""
        services.allowed(lambda: accounts.get(name))
        return [told(token) for token in accounts.tokens(name)]

    @router.post("/{name}/tokens", status_code=201, response_model=IssuedToken, responses=_KEYED)
    def issue_token(
        request: Request, staff: Changer, name: AccountName, asked: NewToken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:  # fmt: skip
        """A new token, which is shown only in this answer: the same request again issues none, and is not
        told it (`withheld`)."""
        staff.note(account=name, days=asked.days, scopes=asked.scopes)
        may_give(services, staff, services.allowed(lambda: accounts.get(name)).role)
        scopes = tuple(asked.scopes) if asked.scopes else None
        issue = partial(accounts.issue_token, name, days=asked.days, label=asked.label, scopes=scopes)

        def act() -> Response:
            return modelled(IssuedToken(token=services.allowed(issue)), 201)

        return replies.guarded(
            request, staff.name, staff.entry, idempotency_key, asked.model_dump(), act, withheld=["token"]
        )

    @router.delete("/{name}/tokens", status_code=204, responses=_CHANGED)
    def revoke_tokens(staff: Changer, name: AccountName) -> None:
        """Revokes all tokens of an account."""
        staff.note(account=name)
        services.allowed(lambda: accounts.revoke_tokens(name))

    return router


def may_give(services: Services, staff: Staff, *roles: str | None) -> None:
    """Rights are given, and accounts that have them are taken over, only by who has them all."""
    for role in roles:
        if role is not None and not services.accounts.roles.permissions(role) <= staff.permissions:
            raise HTTPException(403, f"the role {role} allows more than yours")


_STAYS_IF_NULL = {"role", "own_only", "disabled", "password", "second_factor"}
"""Of these null means nothing; a branch or manager that is null is taken away."""


def _tag(account: Account) -> str:
    """Of what can be changed: logging in is no change."""
    return tags.tag_of_content(
        account.name, account.role, account.branch, account.own_only, account.manager, account.disabled_at,
        account.created_at, account.password is not None, account.totp is not None,
    )  # fmt: skip


def _with_tag(account: Account) -> Response:
    return modelled(shown(account), headers={"ETag": _tag(account)})


def shown(account: Account) -> AccountView:
    return AccountView(
        name=account.name,
        role=account.role,
        branch=account.branch,
        own_only=account.own_only,
        manager=account.manager,
        disabled=account.disabled_at is not None,
        locked_until=moment(account.locked_until) if account.locked_until > now() else None,
        has_password=account.password is not None,
        has_second_factor=account.totp is not None,
        created_at=moment(account.created_at),
    )


def told(token: Token) -> TokenView:
    return TokenView(
        id=reference(token.digest),
        label=token.label,
        scopes=None if token.scopes is None else list(token.scopes),
        created_at=moment(token.created_at),
        ends_at=None if token.ends_at is None else moment(token.ends_at),
        revoked=token.revoked_at is not None,
    )


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
