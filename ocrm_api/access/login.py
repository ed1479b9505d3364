"""Logging in: password, second factor, lock-out. All refusals cost the same and say the same.

An attempt is counted before the password is looked at, so a burst of attempts at once gets no more tries
than one after the other. After `failures` in a row the account is closed for a while, twice as long each
time; names that no account has are treated alike, so that nobody learns which there are.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import pyotp

from ocrm_api.access import store
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import LockoutConf
from ocrm_api.access.directory import Directory
from ocrm_api.access.secrets import digest
from ocrm_api.access.store import Account
from ocrm_api.access.tries import Tries, lock_seconds
from ocrm_api.database import Database
from ocrm_api.trail.entry import now

STEP_SECONDS = 30
_DRIFT_STEPS = 1
"""A clock may be one step off, either way (RFC 6238, 5.2)."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    account: Account
    cookie: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Name, password, code or state of the account: whoever asks is not told which."""


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password is right; the account has a second factor."""


@dataclass(frozen=True, slots=True)
class Locked:
    seconds: int


Outcome: TypeAlias = LoggedIn | Wrong | CodeNeeded | Locked


class Login:
    def __init__(
        self, database: Database, accounts: Accounts, directory: Directory, lockout: LockoutConf
    ) -> None:
        self._database, self._accounts, self._directory = database, accounts, directory
        self._lockout = lockout
        self._addresses = Tries(lockout.address_failures, lockout)
        self._strangers = Tries(lockout.failures, lockout)

    def log_in(self, name: str, password: str, code: str, address: str) -> Outcome:
        proved = self._proved(name, password, address)
        if isinstance(proved, Wrong | Locked):
            return proved
        account, until = proved
        if account.totp and not code:
            self._give_back(name, until)
            return CodeNeeded()
        if account.totp and not self._takes(account, code):
            return Wrong()
        self._succeeded(account, password, address)
        return self.admit(account)

    def locked(self, name: str, address: str) -> Locked | None:
        """Asked before anything is written for who may not try yet; counts nothing."""
        waits = self._addresses.waits(address)
        if not waits:
            with self._database.reading() as connection:
                account = store.account(connection, name)
            waits = self._strangers.waits(name) if account is None else _waits(account, now())
        return Locked(waits) if waits else None

    def admit(self, account: Account) -> LoggedIn:
        """A session for somebody who has proved who he is."""
        cookie, csrf = self._directory.open_session(account.name)
        return LoggedIn(account, cookie, csrf)

    def log_in_again(self, name: str, password: str, address: str) -> Wrong | Locked | None:
        """The password alone, before something that a stolen session must not be able to do."""
        proved = self._proved(name, password, address)
        if isinstance(proved, Wrong | Locked):
            return proved
        _account, until = proved
        self._addresses.forgive(address)
        self._give_back(name, until)
        return None

    # ------------------------------------------------------------ parts

    def _proved(self, name: str, password: str, address: str) -> tuple[Account, int] | Wrong | Locked:
        """The account whose password this is, and until when having counted the attempt closes it."""
        waits = self._addresses.begin(address)
        if waits:
            return Locked(waits)
        account, until, waits = self._begin(name)
        if waits:
            return Locked(waits)
        right = self._accounts.passwords.verify(account.password if account else None, password)
        if account is None or not right or account.disabled_at is not None:
            return Wrong()
        return account, until

    def _begin(self, name: str) -> tuple[Account | None, int, int]:
        """The account as it was before this attempt is counted as wrong, until when counting it closes the
        account (0: it does not), and for how long the account was closed already."""
        at, until = now(), 0
        with self._database.writing() as connection:
            account = store.account_for_change(connection, name)
            if account is not None and account.locked_until <= at:
                seconds = lock_seconds(account.failures + 1, self._lockout.failures, self._lockout)
                until = at + seconds * 1_000_000 if seconds else 0
                store.change_account(connection, name, failures=account.failures + 1, locked_until=until)
        if account is None:
            return None, 0, self._strangers.begin(name)
        return account, until, _waits(account, at)

    def _takes(self, account: Account, code: str) -> bool:
        """A code of this moment that was not used yet, or a recovery code."""
        assert account.totp is not None
        typed = "".join(code.split()).lower()
        step = matching_step(account.totp, typed, time.time())
        with self._database.writing() as connection:
            if step is not None:
                return store.use_step(connection, account.name, step)
            return store.use_recovery(connection, account, digest(typed))

    def _succeeded(self, account: Account, password: str, address: str) -> None:
        assert account.password is not None
        self._addresses.forgive(address)
        passwords = self._accounts.passwords
        hashed = passwords.hashed(password) if passwords.outdated(account.password) else account.password
        with self._database.writing() as connection:
            store.change_account(connection, account.name, failures=0, locked_until=0)
            if hashed != account.password:
                store.rehash_password(connection, account.name, account.password, hashed)

    def _give_back(self, name: str, until: int) -> None:
        """A right password without its code is no failure, and no success that ends a row of them: what other
        attempts counted meanwhile stays counted, and so does the address."""
        with self._database.writing() as connection:
            store.uncount_failure(connection, name, until)


def _waits(account: Account, at: int) -> int:
    return -(-max(0, account.locked_until - at) // 1_000_000)


def matching_step(secret: str, code: str, at: float) -> int | None:
    """The time step whose code this is. None, too, of a secret that is none: no code is its."""
    step = int(at) // STEP_SECONDS
    with suppress(ValueError):
        totp = pyotp.TOTP(secret)
        for near in range(step - _DRIFT_STEPS, step + _DRIFT_STEPS + 1):
            if pyotp.utils.strings_equal(totp.at(near * STEP_SECONDS), code):
                return near
    return None
