"""Where a list goes on, as a word that says nothing: sealed, because a position may hold a customer's name.

AES-GCM (NIST SP 800-38D) under a key of the installation; `about` binds it to the list it came from.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")
_NONCE = 12


class BadCursor(Exception):
    """It is not one that this list gave."""


class Cursors:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, position: Any, about: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(position), about.encode())
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, cursor: str, about: str, kind: type[T]) -> T:
        """Raises BadCursor."""
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
            return msgspec.json.decode(plain, type=kind)
        except (ValueError, InvalidTag, msgspec.DecodeError) as error:
            raise BadCursor("the cursor is none of this list's") from error
