"""What the text between two separators means: text, token, number, date, time, amount.

As `formats.scalars`, but from characters and not from bytes: a delimited line is decoded as a whole before it
is taken apart. They raise `Refused` with a rule and never know their place.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from formats.charsets.charset import Charset
from formats.date_texts import DateText, TimeText
from formats.errors import Refused

CLEAR = "*"
_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9-]*", re.ASCII)


class Value(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def width(self) -> tuple[int, int | None]:
        """Bytes, fewest and most."""

    def read(self, text: str) -> Any:
        """Of a text that is not empty."""

    def write(self, value: Any) -> str:
        """Of a value that is neither None nor ""."""


class Text:
    kind = "text"

    def __init__(self, charset: Charset, most: int, substitutes: Mapping[str, str] = {}) -> None:
        self.width = (0, most or None)
        self._charset, self._most = charset, most or 1 << 16
        self._instead = str.maketrans(dict(substitutes))

    def read(self, text: str) -> str:
        """What should have been sent as its substitute is read as that: the two are one value."""
        if self._instead:
            text = text.translate(self._instead)
        # Characters and bytes differ by a factor of four at most: mostly there is nothing to count.
        if 4 * len(text) > self._most and len(self._charset.encode(text)) > self._most:
            raise Refused(f"over {self._most} bytes")
        return text

    def write(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("not a text")
        return self.read(value)

    def fit(self, text: str) -> str:
        return self._charset.decode(self._charset.cut(text.translate(self._instead), self._most))


class Token:
    """Letters, digits and hyphens, such as serial numbers and codes."""

    kind = "code"

    def __init__(self, most: int) -> None:
        self.width = (0, most or None)
        self._most = most or 1 << 16

    def read(self, text: str) -> str:
        if len(text) > self._most:
            raise Refused(f"over {self._most} bytes")
        if not _TOKEN.fullmatch(text) and text != CLEAR:
            raise Refused("not letters and digits")
        return text

    def write(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("not a text")
        return self.read(value)


class Number:
    kind = "number"

    def __init__(self, digits: int) -> None:
        self.width = (0, digits)
        self._digits = digits

    def read(self, text: str) -> int | str:
        if text == CLEAR:
            return CLEAR
        if not _DIGITS.fullmatch(text):
            raise Refused("not a digit")
        if len(text.lstrip("-")) > self._digits:
            raise Refused(f"over {self._digits} digits")
        return int(text)

    def write(self, value: Any) -> str:
        if value == CLEAR:
            return CLEAR
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused("not a number")
        self.read(text := str(value))
        return text


class Date(DateText):
    width = (0, 8)


class Time(TimeText):
    width = (0, 14)


class Amount:
    """Decimal text with so many places: `-12.50`."""

    kind = "amount"

    def __init__(self, digits: int, decimals: int) -> None:
        self.digits, self.decimals = digits, decimals
        self.width = (0, digits + decimals + 2)
        places = rf"\.[0-9]{{{decimals}}}" if decimals else ""
        self._pattern = re.compile(rf"-?[0-9]{{1,{digits}}}{places}", re.ASCII)

    def read(self, text: str) -> Decimal:
        if not self._pattern.fullmatch(text):
            raise Refused("not an amount")
        value = Decimal(text)
        return value or value.copy_abs()

    def write(self, value: Any) -> str:
        """Also takes an int or decimal text, since JSON has no decimals."""
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, Decimal | int) or not Decimal(value).is_finite():
            raise Refused("not an amount")
        return self._written(Decimal(value))

    def _written(self, value: Decimal) -> str:
        if value.adjusted() > self.digits:
            raise Refused(f"over {self.digits} digits")
        text = f"{value:.{self.decimals}f}"
        if Decimal(text) != value:
            raise Refused(f"over {self.decimals} decimals")
        if not self._pattern.fullmatch(text):
            raise Refused(f"over {self.digits} digits")
        return text if value else text.lstrip("-")
