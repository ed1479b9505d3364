"""Accounts: what the command line, the API and the console do with them.

Changing its rights, password or second factor, more or less of them, and disabling it end the sessions of an
account in the same transaction.
"""

import json
from collections.abc import Callable, Mapping

from ecif.store.errors import Collided
from ocrm_api.access import store
from ocrm_api.access.conf import StaffConf
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.roles import Roles
from ocrm_api.access.secrets import TOKEN_PREFIX, Passwords, digest, password_fault, random_text
from ocrm_api.access.store import Account, Token
from ocrm_api.database import Database
from ocrm_api.trail.entry import now

DAY = 86_400 * 1_000_000
_ENABLED: Mapping[str, object] = {"disabled_at": None, "failures": 0, "locked_until": 0}
_NAME_RULE = "1 to 80 letters, digits, '.', '_', '-' or '@'"


class NotAllowed(Exception):
    """An account cannot be made or changed so; the text is for whoever asked."""


class NoSuchAccount(NotAllowed):
    """There is no account of this name."""


class Accounts:
    def __init__(self, database: Database, conf: StaffConf) -> None:
        self._database, self._conf = database, conf
        self.roles = Roles(conf)
        self.passwords = Passwords()

    def add(
        self, name: str, role: str, *, password: str | None = None, branch: str | None = None,
        own_only: bool = False, manager: str | None = None, subject: str | None = None,
    ) -> None:  # fmt: skip
        if not _is_name(name):
            raise NotAllowed(f"this is no name of an account: {_NAME_RULE}")
        self._check_role(role)
        values = {
            "role": role, "branch": branch or None, "own_only": int(own_only), "manager": manager or None,
            "subject": subject, "password": None if password is None else self._hashed(name, password),
        }  # fmt: skip
        try:
            with self._database.writing() as connection:
                store.add_account(connection, name, now(), **values)
        except Collided:
            raise NotAllowed(f"there is an account {name} already") from None

    def all(self) -> list[Account]:
        with self._database.reading() as connection:
            return store.accounts(connection)

    def get(self, name: str) -> Account:
        with self._database.reading() as connection:
            found = store.account(connection, name)
        if found is None:
            raise NoSuchAccount(f"there is no account {name}")
        return found

    def knows(self, name: str) -> bool:
        with self._database.reading() as connection:
            return store.account(connection, name) is not None

    def bind(self, name: str, subject: str) -> bool:
        """Gives an account without a password to a person of the identity provider, once."""
        with self._database.writing() as connection:
            return store.bind_account(connection, name, subject)

    def change(
        self, name: str, looked_at: Callable[[Account], None], *, second_factor: bool = True,
        disabled: bool | None = None, password: str | None = None, **values: object,
    ) -> Account:  # fmt: skip
        """All of it or nothing, on what `looked_at` agrees to. Any of it ends its sessions, but to enable it;
        of role, branch, own_only and manager what is absent stays."""
        if "role" in values:
            self._check_role(str(values["role"]))
        if "own_only" in values:
            values["own_only"] = int(bool(values["own_only"]))
        values |= {part: values[part] or None for part in ("branch", "manager") if part in values}
        if password is not None:
            values |= {"password": self._hashed(name, password), "failures": 0, "locked_until": 0}
        if not second_factor:
            values |= {"totp": None, "recovery": None}
        if disabled is not None:
            values |= {"disabled_at": now()} if disabled else _ENABLED
        with self._database.writing() as connection:
            found = store.account_for_change(connection, name)
            if found is None:
                raise NoSuchAccount(f"there is no account {name}")
            looked_at(found)
            if values:
                store.change_account(connection, name, **values)
            if values.keys() - _ENABLED.keys() or disabled:
                store.end_sessions(connection, name)
        return self.get(name)

    def disable(self, name: str) -> None:
        """At once: its sessions end, its tokens are refused."""
        self._take_away(name, disabled_at=now())

    def enable(self, name: str) -> None:
        """Tokens that were not revoked work again; who was logged in logs in again."""
        self._change(name, **_ENABLED)

    def unlock(self, name: str) -> None:
        self._change(name, failures=0, locked_until=0)

    def set_role(
        self, name: str, role: str, *, branch: str | None, own_only: bool, manager: str | None
    ) -> None:
        self._check_role(role)
        self._take_away(
            name, role=role, branch=branch or None, own_only=int(own_only), manager=manager or None
        )

    def set_password(self, name: str, password: str) -> None:
        self.get(name)
        hashed = self._hashed(name, password)
        self._take_away(name, password=hashed, failures=0, locked_until=0)

    def set_totp(self, name: str, secret: str, recovery: list[str]) -> None:
        """The second factor, and digests of the codes that stand in for it, each once."""
        digests = json.dumps([digest(one) for one in recovery])
        self._take_away(name, totp=secret, totp_step=0, recovery=digests)

    def drop_totp(self, name: str) -> None:
        self._take_away(name, totp=None, recovery=None)

    def issue_token(
        self, name: str, *, days: int | None, label: str | None = None, scopes: tuple[str, ...] | None = None
    ) -> str:
        """The token, which can be read only now."""
        account = self.get(name)
        if account.disabled_at is not None:
            raise NotAllowed(f"the account {name} is disabled")
        for scope in scopes or ():
            if scope not in PERMISSIONS:
                raise NotAllowed(f"there is no permission {scope}")
        token, at = TOKEN_PREFIX + random_text(), now()
        ends_at = None if days is None else at + days * DAY
        with self._database.writing() as connection:
            store.add_token(
                connection, digest(token), name, at, label=label, scopes=scopes or None, ends_at=ends_at
            )
        return token

    def tokens(self, name: str) -> list[Token]:
        with self._database.reading() as connection:
            return store.tokens(connection, name)

    def revoke_tokens(self, name: str) -> int:
        self.get(name)
        with self._database.writing() as connection:
            return store.revoke_tokens(connection, name, now())

    def revoke_token(self, name: str, token: str) -> bool:
        """By what its owner calls it; False where there is no such token of this account in force."""
        with self._database.writing() as connection:
            return store.revoke_token(connection, name, token, now())

    # ------------------------------------------------------------ parts

    def _hashed(self, name: str, password: str) -> str:
        fault = password_fault(password, name, self._conf.password.least)
        if fault:
            raise NotAllowed(fault)
        return self.passwords.hashed(password)

    def _check_role(self, role: str) -> None:
        if role not in self.roles:
            raise NotAllowed(f"there is no role {role}: there are {', '.join(self.roles.names)}")

    def _change(self, name: str, **values: object) -> None:
        with self._database.writing() as connection:
            if not store.change_account(connection, name, **values):
                raise NoSuchAccount(f"there is no account {name}")

    def _take_away(self, name: str, **values: object) -> None:
        with self._database.writing() as connection:
            if not store.change_account(connection, name, **values):
                raise NoSuchAccount(f"there is no account {name}")
            store.end_sessions(connection, name)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 80 and all(one.isalnum() or one in "._-@" for one in name)
