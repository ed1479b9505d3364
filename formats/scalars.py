"""What one field's bytes mean: text, number, amount, date, time, code byte, hex.

A scalar is a small value of independent parts (charset or numerals × width × null rule) and reads and writes
whole values. It raises `Refused` with a rule and never knows its place. What the values look like is the
table in `formats.codec`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from formats.charsets.charset import Charset
from formats.errors import Refused
from formats.numerals import CLEAR, Numerals

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_DATE = re.compile(r"[0-9]{8}", re.ASCII)


class Scalar(Protocol):
    kind: str
    size: int
    """Bytes; 0 where the value brings its own length."""

    def read(self, data: bytes) -> Any: ...

    def write(self, value: Any) -> bytes: ...


class Text:
    """Fixed width, blanks on the right. `low`: a field all X'00' is blank (EBCDIC)."""

    def __init__(self, width: int, charset: Charset, kind: str = "text", *, low: bool = False) -> None:
        self.kind, self.size, self.charset = kind, width, charset
        self._blank = charset.blank
        self._decode = charset.decode
        self.low = low
        self._low = bytes(width) if low else b""
        self._empty = self._blank * width

    def read(self, data: bytes) -> str:
        if data == self._low:
            return ""
        data = data.rstrip(self._blank)
        return self._decode(data) if data else ""

    def write(self, value: Any) -> bytes:
        if not value and value in ("", None):
            return self._empty
        data = text_bytes(value, self.charset)
        if len(data) > self.size:
            raise Refused(f"over {self.size} bytes")
        return data.ljust(self.size, self._blank)

    def fit(self, text: str) -> str:
        return self.read(self.charset.cut(text, self.size).ljust(self.size, self._blank))


class FreeText:
    """Text that brings its own length; `exactly` or `at_most` so many bytes (0: no bound)."""

    kind = "text"
    size = 0

    def __init__(self, charset: Charset, *, exactly: int = 0, at_most: int = 0) -> None:
        self.charset, self.exactly = charset, exactly
        self.may_be_empty = not exactly
        self.most = exactly or at_most or 1 << 16

    def read(self, data: bytes) -> str:
        self._check(data)
        return self.charset.decode(data)

    def write(self, value: Any) -> bytes:
        data = text_bytes(value, self.charset)
        self._check(data)
        return data

    def _check(self, data: bytes) -> None:
        if self.exactly and len(data) != self.exactly:
            raise Refused(f"length not {self.exactly}")
        if len(data) > self.most:
            raise Refused(f"over {self.most} bytes")

    def fit(self, text: str) -> str:
        return self.charset.decode(self.charset.cut(text, self.most))


def text_bytes(value: Any, charset: Charset) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Refused("not a text")
    return charset.encode(value)


class _Numeric:
    kind = ""

    def __init__(self, numerals: Numerals) -> None:
        self.size = numerals.size
        self.numerals = numerals
        self._take, self._put = numerals.take, numerals.put

    def write(self, value: Any) -> bytes:
        return self._put(self._text(value))

    def _text(self, value: Any) -> str:
        return "" if value is None else value if value in ("", CLEAR) else self._number_text(value)

    def _number_text(self, value: Any) -> str:
        raise NotImplementedError


class Number(_Numeric):
    kind = "number"

    def read(self, data: bytes) -> int | str:
        text = self._take(data)
        return text if text in ("", CLEAR) else int(text)

    def _number_text(self, value: Any) -> str:
        if not _is_number(value):
            raise Refused("not a number")
        return str(value)


class Amount(_Numeric):
    """Implied decimals. Also takes an int or decimal text, since JSON has no decimals."""

    kind = "amount"

    def __init__(self, numerals: Numerals, decimals: int) -> None:
        super().__init__(numerals)
        self.decimals = decimals

    def read(self, data: bytes) -> Decimal | str:
        text = self._take(data)
        if text in ("", CLEAR):
            return text
        if self.decimals:
            sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
            text = text.rjust(self.decimals, "0")
            text = f"{sign}{text[: -self.decimals]}.{text[-self.decimals :]}"
        value = Decimal(text)
        return value or value.copy_abs()

    def _number_text(self, value: Any) -> str:
        if _is_number(value) or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
            value = Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite():
            raise Refused("not an amount")
        negative, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        return ("-" if negative else "") + self._shifted("".join(map(str, digits)), exponent + self.decimals)

    def _shifted(self, digits: str, places: int) -> str:
        if not digits.strip("0"):
            return "0"
        if places >= 0:
            if len(digits) + places > 2 * self.numerals.digits + 40:
                raise Refused(f"over {self.numerals.digits} digits")
            return digits + "0" * places
        if digits[places:].strip("0") or -places > len(digits):
            raise Refused(f"over {self.decimals} decimals")
        return digits[:places] or "0"


class Date(_Numeric):
    """Eight digits as they stand: an impossible date is the customer's matter, not the format's.

    Zeros read as not known, which is written as zeros or as blanks.
    """

    kind = "date"

    def __init__(self, numerals: Numerals, *, blank: str = "00000000") -> None:
        super().__init__(numerals)
        self.blank = self._blank = blank

    def read(self, data: bytes) -> str:
        text = self._take(data)
        if text == CLEAR:
            raise Refused("not a digit")
        return "" if text == "00000000" else text

    def write(self, value: Any) -> bytes:
        if value is None or value in ("", "00000000"):
            return self._put(self._blank)
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise Refused("not eight digits")
        return self._put(value)


class Time(_Numeric):
    """YYYYMMDDhhmmss by the calendar."""

    kind = "time"

    def read(self, data: bytes) -> str:
        text = self._take(data)
        if text:
            _check_time(text)
        return text

    def write(self, value: Any) -> bytes:
        if value is None or value == "":
            return self._put("")
        if not isinstance(value, str):
            raise Refused("not a time")
        _check_time(value)
        return self._put(value)


def _check_time(text: str) -> None:
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise Refused("not a time")
    try:
        datetime(  # noqa: DTZ001 - only the calendar is asked, the zone is the system's
            int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:])
        )
    except ValueError:
        raise Refused("impossible time") from None


class CodeByte:
    """One byte as a number; of length 0 it is the clear mark (ebank)."""

    kind = "code"
    size = 0

    def read(self, data: bytes) -> int | str:
        if len(data) > 1:
            raise Refused("length not 1")
        return data[0] if data else CLEAR

    def write(self, value: Any) -> bytes:
        if value == CLEAR:
            return b""
        if not _is_number(value) or not 0 <= value <= 255:
            raise Refused("not a code of one byte")
        return bytes([value])


class Hex:
    """Bytes shown as lower-case hex: ids, nonces."""

    kind = "hex"

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, data: bytes) -> str:
        return data.hex()

    def write(self, value: Any) -> bytes:
        data = value if isinstance(value, bytes) else _from_hex(value)
        if len(data) > self.size or (len(data) < self.size and value and isinstance(value, str)):
            raise Refused(f"length not {self.size}")
        return data.ljust(self.size, b"\0")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _from_hex(value: Any) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str) or not re.fullmatch(r"([0-9a-fA-F]{2})*", value):
        raise Refused("not hex")
    return bytes.fromhex(value)


def text_of(scalar: Scalar) -> Callable[[str], str] | None:
    """How a text scalar would write a text, read back; None for what is no text."""
    return scalar.fit if isinstance(scalar, Text | FreeText) else None
