"""Accounts, sessions and tokens as the API shows and takes them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

Name = Annotated[str, Field(min_length=1, max_length=80, examples=["li.na"])]
Password = Annotated[str, Field(min_length=1, max_length=256, examples=["four words nobody guesses"])]


Withheld = Annotated[
    list[str],
    Field(
        description="Of an answer given again (`Idempotent-Replayed: true`): the fields that are null: "
        "only the first answer showed them. Ask anew under a new Idempotency-Key.",
        examples=[[]],
    ),
]


class LogIn(BaseModel):
    name: Name
    password: Password
    code: Annotated[str, Field(max_length=40, examples=["123456"])] = ""
    """Of the second factor, or a recovery code, where the account has one."""


class Me(BaseModel):
    """Who is logged in, and what that allows."""

    name: str
    role: str
    permissions: list[str]
    clear: list[str]
    """Masked fields that are shown clear where X-Reason states why."""
    whole_bank: bool
    """False: only customers of some branches, or one's own."""
    export_rows: int
    csrf_token: str | None
    """To be sent as X-CSRF-Token with what a session changes; empty for tokens; null where withheld."""
    withheld: Withheld = []


class PasswordChange(BaseModel):
    old: Password
    new: Password


class NewFactor(BaseModel):
    """Not in force until it is confirmed by its first code."""

    secret: str | None
    uri: str | None
    """For a QR code that authenticator apps read."""
    withheld: Withheld = []


class FactorConfirmation(BaseModel):
    password: Password
    secret: Annotated[str, Field(min_length=32, max_length=32, pattern="^[A-Z2-7]+$")]
    """As it was made: 160 bits (RFC 4226, 4)."""
    code: Annotated[str, Field(min_length=6, max_length=6, pattern="^[0-9]{6}$", examples=["123456"])]


class Recovery(BaseModel):
    codes: list[str]
    """Each stands in for the second factor once. They are shown only now."""


class PasswordOnly(BaseModel):
    password: Password


class AccountView(BaseModel):
    name: str
    role: str
    branch: str | None
    own_only: bool
    manager: str | None
    disabled: bool
    locked_until: datetime | None
    has_password: bool
    has_second_factor: bool
    created_at: datetime


class NewAccount(BaseModel):
    name: Name
    role: Annotated[str, Field(examples=["viewer"])]
    password: Password | None = None
    branch: Annotated[str, Field(max_length=40)] | None = None
    own_only: bool = False
    manager: Annotated[str, Field(max_length=80)] | None = None


class AccountChange(BaseModel):
    """What is absent stays as it is."""

    role: str | None = None
    branch: Annotated[str, Field(max_length=40)] | None = None
    own_only: bool | None = None
    manager: Annotated[str, Field(max_length=80)] | None = None
    disabled: bool | None = None
    password: Password | None = None
    second_factor: Annotated[bool, Field(description="false takes it away")] | None = None


class NewToken(BaseModel):
    days: Annotated[int, Field(ge=1, le=3660)] = 90
    label: Annotated[str, Field(max_length=80)] | None = None
    scopes: list[str] | None = None
    """Permissions that it is limited to."""


class IssuedToken(BaseModel):
    token: str | None
    """Shown only now."""
    withheld: Withheld = []


class OwnToken(BaseModel):
    """A token for oneself, within one's own permissions."""

    password: Password
    label: Annotated[str, Field(min_length=1, max_length=80, examples=["nightly list"])]
    scopes: Annotated[list[str], Field(min_length=1, max_length=60, examples=[["parties.search"]])]
    days: Annotated[int, Field(ge=1, le=366)] = 30


class SessionView(BaseModel):
    """A log-in of one's own that has not ended."""

    id: str
    created_at: datetime
    seen_at: datetime
    """To the minute."""
    present: bool
    """The one that asks."""


class TokenView(BaseModel):
    id: str
    """What it is called; nothing it could be made from."""
    label: str | None
    scopes: list[str] | None
    created_at: datetime
    ends_at: datetime | None
    revoked: bool
