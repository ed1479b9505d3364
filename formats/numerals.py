"""How digits stand in bytes, apart from what they mean: displayed, packed, binary, BCD.

Every form takes bytes to text and puts text as bytes. The text is "" (blank), "*" (the clear mark, where the
form has one) or ASCII digits with an optional "-" before them; leading zeros stay. Bytes are checked before
any of Python's conversions sees them, since `int("1_000")` or a stray sign nibble would pass there.

Sources: core.md (zoned, COMP, COMP-3), loan.md (digits, amounts with a trailing separate sign), ebank.md
(BCD, 8-byte signed).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from formats.charsets.charset import Charset
from formats.errors import Refused

CLEAR = "*"
_PLUS, _MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
_OVER = {c: str(digit) for digit, c in enumerate(_PLUS)}
_OVER_MINUS = {c: str(digit) for digit, c in enumerate(_MINUS)}


class Numerals(Protocol):
    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def digits(self) -> int: ...

    @property
    def signed(self) -> bool: ...

    def take(self, data: bytes) -> str: ...

    def put(self, text: str) -> bytes: ...


class Sign(Enum):
    NONE = "none"
    LEADING = "leading"
    TRAILING = "trailing"
    """Separate: a character of its own."""
    OVERPUNCHED = "overpunched"
    """In the zone of the last digit: C or F positive, D negative; written C and D."""


def filled(text: str, digits: int, *, signed: bool) -> tuple[bool, str]:
    """Negative or not, and the digits with leading zeros."""
    negative = text.startswith("-")
    plain = text[1:] if negative else text
    if not (plain.isascii() and plain.isdigit()):
        raise Refused("not a number")
    plain = plain.lstrip("0").rjust(digits, "0")
    if len(plain) > digits:
        raise Refused(f"over {digits} digits")
    if negative and not signed:
        raise Refused("negative")
    return negative and plain.strip("0") != "", plain


class Display:
    """Characters, one a digit. Blank: all blanks (and, in EBCDIC, all X'00'); clear mark: "*" and blanks."""

    def __init__(
        self, width: int, charset: Charset, sign: Sign = Sign.NONE, *, clear: bool = False, low: bool = False
    ) -> None:
        separate = sign in (Sign.LEADING, Sign.TRAILING)
        self.charset, self.sign = charset, sign
        self.size, self.digits = width, width - 1 if separate else width
        self.signed = sign is not Sign.NONE
        self._sign, self._clear, self._low = sign, clear, low
        known = "0123456789 *+-" + (_PLUS + _MINUS if sign is Sign.OVERPUNCHED else "")
        codes = b"".join(map(charset.encode, known))
        reading = bytearray(b"?" * 256)
        for code, character in zip(codes, known.encode("ascii"), strict=True):
            reading[code] = character
        self._reading = bytes(reading)
        self._writing = bytes.maketrans(known.encode("ascii"), codes)

    def take(self, data: bytes) -> str:
        text = data.translate(self._reading).decode("ascii")
        if self._sign is Sign.NONE:
            return text if text.isdigit() else self._other(text, data)
        negative, plain = self._split(text)
        if negative is None or not plain.isdigit():
            return self._other(text, data)
        return f"-{plain}" if negative else plain

    def _split(self, text: str) -> tuple[bool | None, str]:
        if self._sign is Sign.TRAILING:
            return {"-": True, "+": False}.get(text[-1:]), text[:-1]
        if self._sign is Sign.LEADING:
            return {"-": True, "+": False}.get(text[:1]), text[1:]
        last = text[-1:]
        if last in _OVER_MINUS:
            return True, text[:-1] + _OVER_MINUS[last]
        return False, text[:-1] + _OVER.get(last, last)

    def _other(self, text: str, data: bytes) -> str:
        if not text.strip(" ") or (self._low and not data.strip(b"\0")):
            return ""
        if self._clear and text[0] == CLEAR and not text[1:].strip(" "):
            return CLEAR
        separate = {Sign.TRAILING: text[:-1], Sign.LEADING: text[1:]}.get(self._sign, "")
        raise Refused("no sign" if separate.isdigit() else "not a digit")

    def put(self, text: str) -> bytes:
        if text == "" or (self._clear and text == CLEAR):
            return text.ljust(self.size).encode("ascii").translate(self._writing)
        negative, plain = filled(text, self.digits, signed=self.signed)
        return self._signed(negative, plain).encode("ascii").translate(self._writing)

    def _signed(self, negative: bool, plain: str) -> str:
        mark = "-" if negative else "+"
        if self._sign is Sign.TRAILING:
            return plain + mark
        if self._sign is Sign.LEADING:
            return mark + plain
        if self._sign is Sign.OVERPUNCHED:
            return plain[:-1] + (_MINUS if negative else _PLUS)[int(plain[-1])]
        return plain


class Packed:
    """COMP-3: two digits a byte, the sign in the last nibble. All X'40' or all X'00' is blank."""

    def __init__(self, digits: int, *, signed: bool) -> None:
        self.digits, self.signed = digits, signed
        self.size = digits // 2 + 1
        self._pad = 1 - digits % 2

    def take(self, data: bytes) -> str:
        text = data.hex()
        plain, sign = text[self._pad : -1], text[-1]
        if sign not in "cdf":
            if data.strip(b"\x40") and data.strip(b"\0"):
                raise Refused("bad sign nibble")
            return ""
        if not plain.isdigit():
            raise Refused("not a digit")
        if self._pad and text[0] != "0":
            raise Refused("pad nibble not 0")
        if sign != "d":
            return plain
        if not self.signed:
            raise Refused("sign nibble D unsigned")
        return f"-{plain}"

    def put(self, text: str) -> bytes:
        if text == "":
            return b"\x40" * self.size
        negative, plain = filled(text, self.digits, signed=self.signed)
        sign = "d" if negative else "c" if self.signed else "f"
        return bytes.fromhex("0" * self._pad + plain + sign)


@dataclass(frozen=True)
class Binary:
    """Two's complement or unsigned. No blank: "" is written as zero."""

    size: int
    digits: int
    signed: bool = True
    order: Literal["big", "little"] = "big"

    def take(self, data: bytes) -> str:
        text = str(int.from_bytes(data, self.order, signed=self.signed))
        if len(text.lstrip("-")) > self.digits:
            raise Refused(f"over {self.digits} digits")
        return text

    def put(self, text: str) -> bytes:
        negative, plain = filled(text or "0", self.digits, signed=self.signed)
        number = -int(plain) if negative else int(plain)
        try:
            return number.to_bytes(self.size, self.order, signed=self.signed)
        except OverflowError:
            raise Refused(f"over {self.size} bytes") from None


class Bcd:
    """Two digits a byte, no sign. No blank: "" is written as zeros."""

    signed = False

    def __init__(self, digits: int) -> None:
        self.digits, self.size = digits, digits // 2

    def take(self, data: bytes) -> str:
        text = data.hex()
        if not text.isdigit():
            raise Refused("not a digit")
        return text

    def put(self, text: str) -> bytes:
        return bytes.fromhex(filled(text or "0", self.digits, signed=False)[1])
