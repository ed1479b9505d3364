"""What one text of an XML message means: text, number, amount, date, time.

A value reads a trimmed text that is not empty and writes one without markup. It raises `Refused` with a rule
and never knows its place. What the values look like is the table in `formats.codec`.
"""

import re
from decimal import Decimal
from typing import Any, Protocol

from formats.date_texts import DateText, TimeText
from formats.errors import Refused

CLEAR = "*"
LOST = "〓"
_CENT = Decimal("0.01")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold (W3C XML 1.0, 2.2)."""


class XmlValue(Protocol):
    kind: str
    width: tuple[int, int | None]
    """Characters, fewest and most."""
    values: tuple[str, ...]
    """The only ones it takes, where they are declared."""

    def read(self, text: str) -> Any: ...

    def write(self, value: Any) -> str: ...


class XmlText:
    """At most so many characters; `pattern` must match the whole; or one of `values`."""

    kind = "text"

    def __init__(
        self, at_most: int, *, pattern: str = "", says: str = "", values: tuple[str, ...] = ()
    ) -> None:
        self.width: tuple[int, int | None] = (0, at_most)
        self.values = values
        self._most = at_most
        self._matches = re.compile(pattern).fullmatch if pattern else None
        self._says = says or "not as declared"
        self._taken = frozenset(values)
        self.plain = not pattern and not values

    def read(self, text: str) -> str:
        if len(text) > self._most:
            raise Refused(f"over {self._most} characters")
        if not self.plain and text not in self._taken:
            self._check(text)
        return text

    def _check(self, text: str) -> None:
        if self._taken:
            raise Refused(f"not {' or '.join(self.values)}")
        if self._matches is not None and not self._matches(text):
            raise Refused(self._says)

    def write(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("not a text")
        if value != value.strip():
            raise Refused("not trimmed")
        if _NOT_XML.search(value):
            raise Refused("not a character of XML")
        return self.read(value)

    def fit(self, text: str) -> str:
        return xml_text(text).strip()[: self._most].strip()


class XmlNumber:
    kind = "number"
    values: tuple[str, ...] = ()
    _digits = re.compile(r"-?[0-9]{1,18}", re.ASCII)

    def __init__(self) -> None:
        self.width: tuple[int, int | None] = (1, 19)

    def read(self, text: str) -> int:
        if not self._digits.fullmatch(text):
            raise Refused("not a number")
        return int(text)

    def write(self, value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool) or not -(10**18) < value < 10**18:
            raise Refused("not a number")
        return str(value)


class XmlAmount:
    """Decimal with at most two decimals, or the clear mark. Also takes an int or decimal text to write."""

    kind = "amount"
    values: tuple[str, ...] = ()
    _decimal = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?", re.ASCII)

    def __init__(self) -> None:
        self.width: tuple[int, int | None] = (1, 20)

    def read(self, text: str) -> Decimal | str:
        if text == CLEAR:
            return CLEAR
        if not self._decimal.fullmatch(text):
            raise Refused("not an amount")
        value = Decimal(text).quantize(_CENT)
        return value or value.copy_abs()

    def write(self, value: Any) -> str:
        if isinstance(value, Decimal) and not value.is_finite():
            raise Refused("not an amount")
        if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
            raise Refused("not an amount")
        read = self.read(value if isinstance(value, str) else f"{value:f}")
        return read if isinstance(read, str) else f"{read:.2f}"


class XmlDate(DateText):
    values: tuple[str, ...] = ()
    width: tuple[int, int | None] = (8, 8)


class XmlTime(TimeText):
    values: tuple[str, ...] = ()
    width: tuple[int, int | None] = (14, 14)


def xml_text(text: str) -> str:
    """`text` with `〓` for each character that XML cannot hold."""
    return _NOT_XML.sub(LOST, text)
