"""What proves that a message came from its system, or at least that it was not changed: a code after its last
byte.

| kind | code | from | key | bytes |
|---|---|---|---|---|
| `hmac-sm3`, `hmac-sha256` | HMAC | RFC 2104, GB/T 32905; FIPS 198-1 | 16 bytes and more | 32 |
| `cmac-aes`, `cmac-sm4` | CMAC | NIST SP 800-38B, GB/T 32907 | 16 (AES also 24, 32) | 16 |
| `x9.19` | retail MAC, ISO 9797-1 algorithm 3 | ANSI X9.19 (card) | 16 | 8 |
| `x9.9` | DES CBC-MAC, ISO 9797-1 algorithm 1 | ANSI X9.9, FIPS 113 | 8 | 4 |
| `crc-16`, `crc-32` | cyclic redundancy check, by `variant` | seals_sums | – | 2, 4 |
| `lrc` | every byte of the message in one byte | ISO 1155 | – | 1 |

`size` keeps the first bytes of a MAC only, where a sheet says so. `form = "hex"` writes the code as ASCII hex
in capitals, twice as long, and reads either case. While keys are changed over `other_key` counts too for what
comes in; what goes out is sealed with `key`. Codes are compared in constant time. A key is hex, comes by
reference only (`gateway.config` refuses one that stands in the file) and is in no error and no repr.

The last three are no proof against anybody who means harm: they have no key.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from formats.errors import DeclarationError
from formats.seals_des import cbc_mac, retail_mac
from formats.seals_sums import CRC_16, CRC_32, crc, lrc_sum, lrc_xor

Code: TypeAlias = Callable[[bytes], bytes]
Form: TypeAlias = Literal["binary", "hex"]


class Seal(Protocol):
    size: int
    """Bytes of the code as it stands in a message."""

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


def _key(*sizes: int) -> Any:
    """A key of one of these sizes."""

    def check(key: bytes | None) -> bytes | None:
        if key is not None and len(key) not in sizes:
            raise ValueError(f"the key has not {' or '.join(map(str, sizes))} bytes")
        return key

    return field_validator("key", "other_key")(check)


Hex: TypeAlias = Annotated[bytes, BeforeValidator(_from_hex)]
Key: TypeAlias = Annotated[Hex, Field(repr=False)]


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    form: Form = "binary"


class _Keyed(_Declaration):
    other_key: Hex | None = Field(default=None, repr=False)
    """Of the other side still, or already: counts too for what comes in."""

    def other(self) -> Code | None:
        """The code under the other key."""
        if self.other_key is None:
            return None
        code: Code = self.model_copy(update={"key": self.other_key}).code()  # type: ignore[attr-defined]
        return code


_Long: TypeAlias = Annotated[Hex, Field(min_length=16)]


class _Hmac(_Keyed):
    key: _Long = Field(repr=False)
    other_key: _Long | None = Field(default=None, repr=False)
    size: Annotated[int, Field(ge=8, le=32)] = 32


class HmacSm3(_Hmac):
    kind: Literal["hmac-sm3"]

    def code(self) -> Code:
        return _finished(HMAC(self.key, SM3()))


class HmacSha256(_Hmac):
    kind: Literal["hmac-sha256"]

    def code(self) -> Code:
        return _finished(HMAC(self.key, SHA256()))


class CmacAes(_Keyed):
    kind: Literal["cmac-aes"]
    key: Key
    size: Annotated[int, Field(ge=4, le=16)] = 16

    _sizes = _key(16, 24, 32)

    def code(self) -> Code:
        return _finished(CMAC(AES(self.key)))


class CmacSm4(_Keyed):
    kind: Literal["cmac-sm4"]
    key: Key
    size: Annotated[int, Field(ge=4, le=16)] = 16

    _sizes = _key(16)

    def code(self) -> Code:
        return _finished(CMAC(SM4(self.key)))


class X919(_Keyed):
    kind: Literal["x9.19"]
    key: Key
    """Left and right half; parity bits are not looked at."""
    size: Annotated[int, Field(ge=4, le=8)] = 8

    _sizes = _key(16)

    @field_validator("key", "other_key")
    @classmethod
    def _two_halves(cls, key: bytes | None) -> bytes | None:
        if key is not None and key[:8] == key[8:]:
            raise ValueError("the key's halves are equal: that is no more than single DES")
        return key

    def code(self) -> Code:
        return retail_mac(self.key)


class X99(_Keyed):
    kind: Literal["x9.9"]
    key: Key
    size: Annotated[int, Field(ge=4, le=8)] = 4

    _sizes = _key(8)

    def code(self) -> Code:
        return cbc_mac(self.key)


class Crc16(_Declaration):
    kind: Literal["crc-16"]
    variant: Literal["arc", "ibm-3740", "ibm-sdlc", "kermit", "modbus", "usb", "xmodem"]
    order: Literal["big", "little"] = "big"

    size: ClassVar[int] = 2

    def code(self) -> Code:
        return crc(CRC_16[self.variant], self.order)


class Crc32(_Declaration):
    kind: Literal["crc-32"]
    variant: Literal["iso-hdlc", "bzip2", "cksum", "iscsi", "mpeg-2"] = "iso-hdlc"
    order: Literal["big", "little"] = "big"

    size: ClassVar[int] = 4

    def code(self) -> Code:
        return crc(CRC_32[self.variant], self.order)


class Lrc(_Declaration):
    kind: Literal["lrc"]
    rule: Literal["xor", "sum"] = "xor"
    """`xor`: all bytes exclusive-or'ed (also called BCC); `sum`: what makes the sum of all 0 modulo 256."""

    size: ClassVar[int] = 1

    def code(self) -> Code:
        return {"xor": lrc_xor, "sum": lrc_sum}[self.rule]


SealDeclaration: TypeAlias = Annotated[
    HmacSm3 | HmacSha256 | CmacAes | CmacSm4 | X919 | X99 | Crc16 | Crc32 | Lrc, Field(discriminator="kind")
]


def _finished(started: HMAC | CMAC) -> Code:
    """The key is worked in once; every message goes on from a copy."""

    def over(data: bytes) -> bytes:
        code = started.copy()
        code.update(data)
        return code.finalize()

    return over


class _Binary:
    def __init__(self, code: Code, size: int) -> None:
        self._code, self.size = code, size

    def over(self, data: bytes) -> bytes:
        return self._code(data)[: self.size]

    def holds(self, data: bytes, code: bytes) -> bool:
        return hmac.compare_digest(self.over(data), code)


class _Hex:
    def __init__(self, code: Code, size: int) -> None:
        self._code, self.size = code, 2 * size

    def over(self, data: bytes) -> bytes:
        return self._code(data).hex().upper().encode("ascii")[: self.size]

    def holds(self, data: bytes, code: bytes) -> bool:
        return hmac.compare_digest(self.over(data), code.upper())


class _Either:
    """Two keys are good while they are changed over."""

    def __init__(self, new: Seal, other: Seal) -> None:
        self._new, self._other, self.size = new, other, new.size
        self.over = new.over

    def holds(self, data: bytes, code: bytes) -> bool:
        return self._new.holds(data, code) or self._other.holds(data, code)


_FORMS: dict[Form, Callable[[Code, int], Seal]] = {"binary": _Binary, "hex": _Hex}


def load_seal(declaration: SealDeclaration) -> Seal:
    try:
        code = declaration.code()
        code(b"")
    except UnsupportedAlgorithm:
        raise DeclarationError(f"this OpenSSL lacks what {declaration.kind} needs", key="kind") from None
    seal = _FORMS[declaration.form](code, declaration.size)
    other = declaration.other() if isinstance(declaration, _Keyed) else None
    return seal if other is None else _Either(seal, _FORMS[declaration.form](other, declaration.size))
