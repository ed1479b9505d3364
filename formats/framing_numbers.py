"""How a length stands in bytes: binary either way round, or digits in ASCII, EBCDIC or BCD."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Order: TypeAlias = Literal["big", "little"]
Digits: TypeAlias = Literal["ascii", "ebcdic", "bcd"]

_WRITTEN = {"ascii": b"0123456789", "ebcdic": b"\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"}


class Number(Protocol):
    @property
    def size(self) -> int: ...

    @property
    def largest(self) -> int: ...

    def read(self, data: bytes) -> int | None:
        """None: these are no digits. Also asked of the first bytes only, whose value does not matter."""

    def write(self, number: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Binary:
    size: int
    order: Order

    @property
    def largest(self) -> int:
        return (1 << 8 * self.size) - 1

    def read(self, data: bytes) -> int | None:
        return int.from_bytes(data, self.order)

    def write(self, number: int) -> bytes:
        return number.to_bytes(self.size, self.order)


@dataclass(frozen=True, slots=True)
class Characters:
    size: int
    digits: bytes
    """0 to 9 in this charset."""

    @property
    def largest(self) -> int:
        return int("9" * self.size)

    def read(self, data: bytes) -> int | None:
        if not data or data.strip(self.digits):
            return None
        return int(data.translate(bytes.maketrans(self.digits, b"0123456789")))

    def write(self, number: int) -> bytes:
        return _ascii(number, self.size).translate(bytes.maketrans(b"0123456789", self.digits))


@dataclass(frozen=True, slots=True)
class Bcd:
    """Two digits a byte; of an odd number of digits the first half byte is 0."""

    count: int

    @property
    def size(self) -> int:
        return (self.count + 1) // 2

    @property
    def largest(self) -> int:
        return int("9" * self.count)

    def read(self, data: bytes) -> int | None:
        text = data.hex()
        if not text.isdecimal() or (self.count % 2 and text[0] != "0"):
            return None
        return int(text)

    def write(self, number: int) -> bytes:
        return bytes.fromhex(f"{number:0{2 * self.size}d}")


def _ascii(number: int, digits: int) -> bytes:
    return f"{number:0{digits}d}".encode("ascii")


def number_of(digits: Digits, count: int) -> Number:
    return Bcd(count) if digits == "bcd" else Characters(count, _WRITTEN[digits])
