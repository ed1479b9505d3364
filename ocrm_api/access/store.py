"""The SQL of accounts, sessions and tokens."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, delete, insert, select, update

from ecif.store.statements import held
from ocrm_api.access.tables import staff, staff_secret, staff_session, staff_token

MINUTE = 60 * 1_000_000


class Account(msgspec.Struct, frozen=True):
    """A row of `staff`."""

    name: str
    role: str
    branch: str | None
    own_only: bool
    manager: str | None
    password: str | None
    totp: str | None
    totp_step: int
    recovery: tuple[str, ...]
    subject: str | None
    failures: int
    locked_until: int
    created_at: int
    disabled_at: int | None

    def __repr__(self) -> str:
        return f"Account({self.name!r}, {self.role!r})"


class Token(msgspec.Struct, frozen=True):
    """An issued token, without anything that it could be made from."""

    digest: str
    staff: str
    label: str | None
    scopes: tuple[str, ...] | None
    created_at: int
    ends_at: int | None
    revoked_at: int | None


class Session(msgspec.Struct, frozen=True):
    digest: str
    staff: str
    created_at: int
    seen_at: int


def reference(digest: str) -> str:
    """What a token or session is called by its owner: enough to tell them apart, nothing to make one from."""
    return digest[:16]


# ---------------------------------------------------------------- accounts


def account(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(staff).where(staff.c.name == name)).first()
    return None if row is None else _account(row)


def account_for_change(connection: Connection, name: str) -> Account | None:
    """The row is ours until the transaction ends."""
    row = connection.execute(held(select(staff).where(staff.c.name == name))).first()
    return None if row is None else _account(row)


def account_of(connection: Connection, subject: str) -> Account | None:
    row = connection.execute(select(staff).where(staff.c.subject == subject)).first()
    return None if row is None else _account(row)


def accounts(connection: Connection) -> list[Account]:
    return [_account(row) for row in connection.execute(select(staff).order_by(staff.c.name))]


def add_account(connection: Connection, name: str, at: int, **values: Any) -> None:
    given = {"own_only": 0, "totp_step": 0, "failures": 0, "locked_until": 0, **values}
    connection.execute(insert(staff), {"name": name, "created_at": at, **given})


def change_account(connection: Connection, name: str, **values: Any) -> bool:
    """Whether there is such an account."""
    return connection.execute(update(staff).where(staff.c.name == name).values(**values)).rowcount == 1


def rehash_password(connection: Connection, name: str, old: str, new: str) -> None:
    """The same password by today's parameters, unless it was changed meanwhile."""
    same = (staff.c.name == name) & (staff.c.password == old)
    connection.execute(update(staff).where(same).values(password=new))


def uncount_failure(connection: Connection, name: str, until: int) -> None:
    """Takes one failure back, and the lock until then, unless a later failure has set another."""
    counted = (staff.c.name == name) & (staff.c.failures > 0)
    opened = case((staff.c.locked_until == until, 0), else_=staff.c.locked_until)
    values = {"failures": staff.c.failures - 1, "locked_until": opened}
    connection.execute(update(staff).where(counted).values(values))


def bind_account(connection: Connection, name: str, subject: str) -> bool:
    """False where it has a password, or is somebody's already."""
    free = (staff.c.name == name) & staff.c.password.is_(None) & staff.c.subject.is_(None)
    return connection.execute(update(staff).where(free).values(subject=subject)).rowcount == 1


def use_step(connection: Connection, name: str, step: int) -> bool:
    """Takes a time step of the second factor; False where it, or a later one, was taken before."""
    fresh = (staff.c.name == name) & (staff.c.totp_step < step)
    return connection.execute(update(staff).where(fresh).values(totp_step=step)).rowcount == 1


def use_recovery(connection: Connection, account: Account, digest: str) -> bool:
    """Takes a recovery code; False where another log-in took one meanwhile."""
    left = [one for one in account.recovery if one != digest]
    same = (staff.c.name == account.name) & (staff.c.recovery == json.dumps(account.recovery))
    changed = connection.execute(update(staff).where(same).values(recovery=json.dumps(left)))
    return digest in account.recovery and changed.rowcount == 1


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    recovery = tuple(json.loads(values["recovery"])) if values["recovery"] else ()
    return Account(**{**values, "own_only": bool(values["own_only"]), "recovery": recovery})


# ---------------------------------------------------------------- sessions


def session(connection: Connection, digest: str) -> tuple[Session, Account] | None:
    joined = select(staff_session, staff).join(staff, staff.c.name == staff_session.c.staff)
    row = connection.execute(joined.where(staff_session.c.digest == digest)).mappings().first()
    if row is None:
        return None
    found = Session(row["digest"], row["staff"], row[staff_session.c.created_at], row["seen_at"])
    return found, _of_joined(row)


def add_session(connection: Connection, digest: str, name: str, at: int) -> None:
    row = {"digest": digest, "staff": name, "created_at": at, "seen_at": at}
    connection.execute(insert(staff_session), row)


def see_session(connection: Connection, digest: str, at: int) -> None:
    there = staff_session.c.digest == digest
    connection.execute(update(staff_session).where(there).values(seen_at=at))


def end_session(connection: Connection, digest: str) -> None:
    connection.execute(delete(staff_session).where(staff_session.c.digest == digest))


def end_sessions(connection: Connection, name: str) -> None:
    connection.execute(delete(staff_session).where(staff_session.c.staff == name))


def sessions(connection: Connection, name: str) -> list[Session]:
    mine = select(staff_session).where(staff_session.c.staff == name)
    latest = mine.order_by(staff_session.c.seen_at.desc(), staff_session.c.created_at.desc())
    return [Session(**row) for row in connection.execute(latest).mappings()]


def end_other_sessions(connection: Connection, name: str, digest: str) -> None:
    others = (staff_session.c.staff == name) & (staff_session.c.digest != digest)
    connection.execute(delete(staff_session).where(others))


def end_old_sessions(connection: Connection, seen_before: int, created_before: int) -> None:
    old = (staff_session.c.seen_at < seen_before) | (staff_session.c.created_at < created_before)
    connection.execute(delete(staff_session).where(old))


# ---------------------------------------------------------------- tokens


def token(connection: Connection, digest: str) -> tuple[Token, Account] | None:
    joined = select(staff_token, staff).join(staff, staff.c.name == staff_token.c.staff)
    row = connection.execute(joined.where(staff_token.c.digest == digest)).mappings().first()
    return None if row is None else (_token(row), _of_joined(row))


def tokens(connection: Connection, name: str) -> list[Token]:
    mine = select(staff_token).where(staff_token.c.staff == name).order_by(staff_token.c.created_at)
    return [_token(row) for row in connection.execute(mine).mappings()]


def add_token(
    connection: Connection, digest: str, name: str, at: int, *, label: str | None,
    scopes: tuple[str, ...] | None, ends_at: int | None,
) -> None:  # fmt: skip
    row = {"digest": digest, "staff": name, "label": label, "created_at": at, "ends_at": ends_at,
           "scopes": None if scopes is None else json.dumps(scopes)}  # fmt: skip
    connection.execute(insert(staff_token), row)


def revoke_tokens(connection: Connection, name: str, at: int) -> int:
    mine = (staff_token.c.staff == name) & staff_token.c.revoked_at.is_(None)
    return connection.execute(update(staff_token).where(mine).values(revoked_at=at)).rowcount


def revoke_token(connection: Connection, name: str, token: str, at: int) -> bool:
    """Whether it was this account's and in force. `token`: its `reference`."""
    mine = (staff_token.c.staff == name) & staff_token.c.digest.startswith(token, autoescape=True)
    valid = mine & staff_token.c.revoked_at.is_(None)
    return connection.execute(update(staff_token).where(valid).values(revoked_at=at)).rowcount == 1


def _token(row: Mapping[Any, Any]) -> Token:
    scopes = row["scopes"]
    return Token(
        digest=row["digest"],
        staff=row["staff"],
        label=row["label"],
        scopes=None if scopes is None else tuple(json.loads(scopes)),
        created_at=row[staff_token.c.created_at],
        ends_at=row["ends_at"],
        revoked_at=row["revoked_at"],
    )


def _of_joined(row: Mapping[Any, Any]) -> Account:
    values = {column.name: row[column] for column in staff.c}
    recovery = tuple(json.loads(values["recovery"])) if values["recovery"] else ()
    return Account(**{**values, "own_only": bool(values["own_only"]), "recovery": recovery})


# ---------------------------------------------------------------- secrets


def secret(connection: Connection, name: str) -> str | None:
    found = connection.execute(select(staff_secret.c.secret).where(staff_secret.c.name == name))
    return found.scalar()


def add_secret(connection: Connection, name: str, value: str) -> None:
    connection.execute(insert(staff_secret), {"name": name, "secret": value})
