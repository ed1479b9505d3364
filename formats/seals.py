"""What proves that a message came from its system and was not changed: a code after its last byte.

One kind so far: HMAC-SM3 over everything before it (ebank). Checked in constant time.
"""

import hmac
from typing import Annotated, Any, Literal, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from formats.errors import DeclarationError


class Seal(Protocol):
    size: int

    def over(self, data: bytes) -> bytes:
        """The code of these bytes."""

    def holds(self, data: bytes, code: bytes) -> bool: ...


def _from_hex(value: Any) -> Any:
    """A key file holds hex, with or without a line end. The message must not hold the key."""
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError("the key is not hex") from None


class HmacSm3(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["hmac-sm3"]
    key: Annotated[bytes, BeforeValidator(_from_hex), Field(min_length=16, repr=False)]


SealDeclaration = HmacSm3
"""A union by `kind` as soon as there is a second one."""


class _HmacSm3Seal:
    size = 32

    def __init__(self, key: bytes) -> None:
        self._started = HMAC(key, SM3())

    def over(self, data: bytes) -> bytes:
        code = self._started.copy()
        code.update(data)
        return code.finalize()

    def holds(self, data: bytes, code: bytes) -> bool:
        return hmac.compare_digest(self.over(data), code)


def load_seal(declaration: HmacSm3) -> Seal:
    try:
        return _HmacSm3Seal(declaration.key)
    except UnsupportedAlgorithm:
        raise DeclarationError("this OpenSSL has no SM3", key="kind") from None
