"""Random secrets, of which only digests are kept, and passwords.

A token or session id has 256 random bits, so its SHA-256 cannot be turned round and needs no salt. What
people think up is hashed with Argon2id (RFC 9106, second recommended option: 64 MiB, three passes).
"""

import hashlib
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret_raw

TOKEN_PREFIX = "ecif_"
"""Lets secret scanners find a token that was published by mistake."""
RECOVERY_CODES = 10

_TOO_COMMON = frozenset(
    """
    password passw0rd password1 password123 123456789 1234567890 12345678 87654321 11111111 00000000 88888888
    qwertyui qwertyuiop asdfghjkl 1qaz2wsx 1q2w3e4r abcd1234 abc12345 a1234567 iloveyou letmein1 welcome1
    admin123 administrator woaini1314 5201314520 zxcvbnm1 sunshine princess football baseball
    """.split()  # noqa: SIM905 - a list of words
)
_DISTINCT = 4


def random_text() -> str:
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def recovery_codes() -> list[str]:
    """Ten of 80 bits each, in groups that can be typed."""
    made = (secrets.token_hex(10) for _ in range(RECOVERY_CODES))
    return ["-".join(one[at : at + 5] for at in range(0, 20, 5)) for one in made]


def password_fault(password: str, name: str, least: int) -> str | None:
    """What is wrong with a new password, for whoever chose it."""
    lower = password.lower()
    if len(password) < least:
        return f"a password has at least {least} characters"
    if len(password) > 256:
        return "a password has at most 256 characters"
    if lower in _TOO_COMMON or len(set(lower)) < _DISTINCT:
        return "this password is among the first that anybody tries"
    if lower in (name.lower(), name.lower()[::-1]):
        return "a password must not be the account's name"
    return None


class Passwords:
    """Hashes and verifies. Each takes 64 MiB, so only a few run at a time and the others wait."""

    def __init__(self, at_a_time: int = 2) -> None:
        self._hasher = PasswordHasher()
        self._turns = threading.BoundedSemaphore(at_a_time)
        self._nobody: str | None = None

    def hashed(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Takes as long where there is no account or no password: its time tells nothing."""
        if stored is None:
            self._check(self._of_nobody(), password)
            return False
        return self._check(stored, password)

    def derived(self, password: str, salt: bytes) -> bytes:
        """Always the same of the same two, and as costly to guess as what is kept of a password."""
        cost = self._hasher
        with self._turns:
            return hash_secret_raw(
                password.encode(), salt, cost.time_cost, cost.memory_cost, cost.parallelism, 32, cost.type
            )

    def outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _check(self, stored: str, password: str) -> bool:
        try:
            with self._turns:
                return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def _of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self.hashed(random_text())
        return self._nobody
