"""What the bytes of a data element, or of a part of one, mean.

The classes are the standard's own attributes (ISO 8583:1987, 4.1): n digits, a letters, s special characters
and their unions, z track data, x+n a signed amount, b bits. A value reads and writes whole contents, raises
`Refused` with a rule and never knows its place. Values are text as `formats.codec` has it; digits stay
digits, since a trace number "000007" is no quantity; `Whole` is for what is counted.
"""

import re
from calendar import isleap
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from formats.charsets.charset import Charset
from formats.errors import Refused

CLEAR = "*"
DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SPECIAL = bytes(code for code in range(0x20, 0x7F) if bytes([code]) not in DIGITS + _LETTERS)
ALPHABETS: Mapping[str, bytes] = {
    "n": DIGITS,
    "a": _LETTERS + b" ",
    "s": _SPECIAL,
    "an": _LETTERS + DIGITS + b" ",
    "as": _LETTERS + _SPECIAL,
    "ns": DIGITS + _SPECIAL,
    "ans": _LETTERS + DIGITS + _SPECIAL,
    "z": DIGITS + b"=D",
    "x+n": DIGITS + b"CD",
}
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_HEX = re.compile(r"([0-9a-fA-F]{2})*", re.ASCII)


class Value(Protocol):
    kind: str
    size: int
    """Bytes; 0 where the element or tag around it says how many."""
    most: int
    """Bytes, at most."""

    def read(self, data: bytes) -> Any: ...

    def write(self, value: Any) -> bytes: ...

    def fit(self, text: str) -> str:
        """`text` as it would be written, read back; what is no text comes back as it is."""


class _Base:
    kind = "text"

    def __init__(self, most: int, *, fixed: bool) -> None:
        self.most = most
        self.size = most if fixed else 0

    def fit(self, text: str) -> str:
        return text

    def _check_size(self, data: bytes) -> bytes:
        if self.size and len(data) != self.size:
            raise Refused(f"length not {self.size}")
        if len(data) > self.most:
            raise Refused(f"over {self.most} bytes")
        return data


class Text(_Base):
    """Characters of an alphabet (None: any of the charset); blanks on the right where the width is fixed."""

    def __init__(
        self, charset: Charset, most: int, *, fixed: bool = False, letters: str = "", kind: str = "text"
    ) -> None:
        super().__init__(most, fixed=fixed)
        self.kind, self.charset, self.letters = kind, charset, letters
        self._alphabet = ALPHABETS[letters] if letters else None

    def read(self, data: bytes) -> str:
        text = self.charset.decode(self._check_size(data))
        self._check_letters(text)
        return text.rstrip(" ") if self.size else text

    def write(self, value: Any) -> bytes:
        if value is None:
            value = ""
        if isinstance(value, bytes):
            data = value
        elif isinstance(value, str):
            self._check_letters(value)
            data = self.charset.encode(value)
        else:
            raise Refused("not a text")
        return self._check_size(data.ljust(self.size, self.charset.blank))

    def _check_letters(self, text: str) -> None:
        if self._alphabet is not None and (
            not text.isascii() or text.encode("ascii").translate(None, self._alphabet)
        ):
            raise Refused(f"not {self.letters}")

    def fit(self, text: str) -> str:
        return self.charset.decode(self.charset.cut(text, self.most))


class Digits(_Base):
    """Digits as they stand, one a byte. `pattern`: what they are of a time, checked by the calendar."""

    kind = "digits"

    def __init__(
        self, charset: Charset, most: int, *, fixed: bool = False, pattern: re.Pattern[str] | None = None
    ) -> None:
        super().__init__(most, fixed=fixed)
        self.charset, self.pattern = charset, pattern

    def read(self, data: bytes) -> str:
        return self._checked(self.charset.decode(self._check_size(data)))

    def write(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return self._check_size(value)
        return self._check_size(self.charset.encode(self._checked(digits_of(value, self.size))))

    def _checked(self, text: str) -> str:
        check_digits(text)
        if self.pattern:
            check_moment(text, self.pattern)
        return text


class Whole(_Base):
    """A number of at most so many digits, written as short as it is; "" is blank, "*" the clear mark."""

    kind = "number"

    def __init__(self, charset: Charset, most: int) -> None:
        super().__init__(most, fixed=False)
        self.charset = charset

    def read(self, data: bytes) -> int | str:
        text = self.charset.decode(self._check_size(data))
        if text in ("", CLEAR):
            return text
        check_digits(text)
        return int(text)

    def write(self, value: Any) -> bytes:
        if value is None or value in ("", CLEAR):
            return self.charset.encode(value or "")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Refused("not a number")
        return self._check_size(self.charset.encode(str(value)))


class Day(_Base):
    """Eight digits as they stand, or nothing: zeros read as not known, nines are the clear mark."""

    kind = "date"

    def __init__(self, charset: Charset) -> None:
        super().__init__(8, fixed=False)
        self.charset = charset

    def read(self, data: bytes) -> str:
        text = self.charset.decode(data)
        if text and not _DAY.fullmatch(text):
            raise Refused("not eight digits")
        return "" if text == "00000000" else text

    def write(self, value: Any) -> bytes:
        if value is None or value == "":
            return b""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise Refused("not eight digits")
        return self.charset.encode(value)


class Bits(_Base):
    """Bytes, shown as lower-case hex."""

    kind = "hex"

    def read(self, data: bytes) -> str:
        return self._check_size(data).hex()

    def write(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return self._check_size(value)
        if value is not None and not (isinstance(value, str) and _HEX.fullmatch(value)):
            raise Refused("not hex")
        return self._check_size(bytes.fromhex(value or ""))


class Packed(_Base):
    """Two digits a byte. An odd count is filled by a zero on the left, or by F on the right; that is checked.

    `digits` of an element of varying length are known from its length only: `read_digits`.
    """

    kind = "digits"

    def __init__(
        self,
        digits: int,
        *,
        fixed: bool = False,
        fill: str = "left",
        pattern: re.Pattern[str] | None = None,
        letters: str = "n",
    ) -> None:
        super().__init__((digits + 1) // 2, fixed=fixed)
        self.digits, self.fill, self.pattern, self.letters = digits, fill, pattern, letters

    def read(self, data: bytes) -> str:
        return self.read_digits(self._check_size(data), self.digits if self.size else 2 * len(data))

    def read_digits(self, data: bytes, count: int) -> str:
        if len(data) != (count + 1) // 2:
            raise Refused(f"length not {(count + 1) // 2}")
        text = data.hex().upper()
        if count % 2:
            filler, text = (text[0], text[1:]) if self.fill == "left" else (text[-1], text[:-1])
            if filler != ("0" if self.fill == "left" else "F"):
                raise Refused("bad filler")
        return self._checked(text)

    def write(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return self._check_size(value)
        text = self._checked(digits_of(value, self.digits if self.size else 0))
        if len(text) > self.digits or (self.size and len(text) != self.digits):
            raise Refused(f"over {self.digits} digits" if len(text) > self.digits else "too few digits")
        if len(text) % 2:
            text = f"0{text}" if self.fill == "left" else f"{text}F"
        return bytes.fromhex(text)

    def _checked(self, text: str) -> str:
        if self.letters == "z":
            if text.translate(_TRACK):
                raise Refused("not z")
        else:
            check_digits(text)
        if self.pattern:
            check_moment(text, self.pattern)
        return text


_TRACK = dict.fromkeys(b"0123456789D")


class Rows(_Base):
    """Entries of parts, both set apart by a mark: `6200…,DC01,0;6200…,CC02,1`. Nothing at all: no entries."""

    kind = "list"

    def __init__(
        self, parts: Sequence[tuple[str, Text]], between: bytes, behind: bytes, entries: int, most: int
    ) -> None:
        super().__init__(most, fixed=False)
        self.parts, self.between, self.behind, self.entries = tuple(parts), between, behind, entries

    def read(self, data: bytes) -> list[dict[str, Any]]:
        self._check_size(data)
        rows = data.split(self.behind) if data else []
        if len(rows) > self.entries:
            raise Refused(f"over {self.entries} entries")
        return [self._row(row.split(self.between)) for row in rows]

    def _row(self, cells: Sequence[bytes]) -> dict[str, Any]:
        if len(cells) != len(self.parts):
            raise Refused(f"an entry has not {len(self.parts)} parts")
        return {name: part.read(cell) for (name, part), cell in zip(self.parts, cells, strict=True)}

    def write(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return self._check_size(value)
        if not isinstance(value, list | tuple) or any(not isinstance(row, Mapping) for row in value):
            raise Refused("not a list of groups")
        if len(value) > self.entries:
            raise Refused(f"over {self.entries} entries")
        return self._check_size(self.behind.join(map(self._written, value)))

    def _written(self, row: Mapping[str, Any]) -> bytes:
        if not set(row) <= {name for name, _ in self.parts}:
            raise Refused("no such field")
        cells = [part.write(row.get(name)) for name, part in self.parts]
        if any(self.between in cell or self.behind in cell for cell in cells):
            raise Refused("a mark inside")
        return self.between.join(cells)

    def slot(self, data: bytes, index: int, name: str) -> tuple[int, int] | None:
        """(offset, size) of a part of an entry."""
        rows = data.split(self.behind)
        cells = rows[index].split(self.between) if index < len(rows) else []
        which = next((n for n, (part, _) in enumerate(self.parts) if part == name), len(cells))
        if which >= len(cells):
            return None
        at = sum(len(row) + len(self.behind) for row in rows[:index])
        at += sum(len(cell) + len(self.between) for cell in cells[:which])
        return at, len(cells[which])


def digits_of(value: Any, width: int) -> str:
    """A text of digits; a number is filled with zeros to `width`."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"{value:0{width}d}" if width else str(value)
    if not isinstance(value, str):
        raise Refused("not digits")
    return value


def check_digits(text: str) -> None:
    if not (text.isascii() and text.isdecimal()) and text:
        raise Refused("not a digit")


_MONTH_AND_DAY = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    "|02(?:0[1-9]|1[0-9]|2[0-9]))"
)
_PARTS = {
    "MMDD": _MONTH_AND_DAY, "MM": "(?:0[1-9]|1[0-2])",
    "YYYY": "(?P<year>[0-9]{4})", "YY": "(?P<year>[0-9]{2})",
    "hh": "(?:[01][0-9]|2[0-3])", "mm": "[0-5][0-9]", "ss": "[0-5][0-9]",
}  # fmt: skip


def moment(pattern: str) -> re.Pattern[str] | None:
    """What such a time looks like; None where the pattern is not made of YYYY, YY, MMDD, MM, hh, mm, ss."""
    if not re.fullmatch("(YYYY|YY|MMDD|MM|hh|mm|ss)+", pattern):
        return None
    return re.compile(re.sub("YYYY|YY|MMDD|MM|hh|mm|ss", lambda part: _PARTS[part[0]], pattern), re.ASCII)


def check_moment(text: str, pattern: re.Pattern[str]) -> None:
    """By the calendar; a day without a year may be that of a leap year."""
    found = pattern.fullmatch(text)
    if found is None:
        raise Refused("impossible time")
    year = found.groupdict().get("year")
    if year is not None and "0229" in text and not isleap(int(year) + (2000 if len(year) == 2 else 0)):
        raise Refused("impossible time")
