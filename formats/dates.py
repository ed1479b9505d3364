"""Dates and times in a system's own pattern, checked against the calendar; values are as everywhere.

    PatternDate("DDMMYY", Display(6, charset("ascii")), pivot=50)     050126 ↔ 20260105
    PatternDate("CYYDDD", Packed(7, …))                                126005 ↔ 20260105
    PatternDate("DD-MMM-YYYY", Characters(11, charset("cp037")))      05-JAN-2026 ↔ 20260105

| token | meaning |
|---|---|
| `YYYY` | year |
| `YY` | year without its century: from `pivot` on 19.., below 20.. |
| `C` | century before `YY`: 0 is 19.., 1 is 20.. (AS/400, many COBOL programs) |
| `MM`, `MMM` | month: digits, English letters in capitals |
| `DD`, `DDD` | day of the month, of the year |
| `hh`, `mm`, `ss` | time: then the value is YYYYMMDDhhmmss |

Everything else stands as it is. All blanks or zeros are "" and written as `blank` says; all nines are the
clear mark of dates.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from formats.charsets.charset import Charset
from formats.errors import DeclarationError, Refused

_TOKENS = re.compile("YYYY|YY|MMM|MM|DDD|DD|hh|mm|ss|C")
_DIGITS = {"YYYY": 4, "YY": 2, "C": 1, "MM": 2, "DD": 2, "DDD": 3, "hh": 2, "mm": 2, "ss": 2}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_CLEAR = "99999999"


class Digits(Protocol):
    """`Numerals`, or `Characters` for patterns that are more than digits."""

    @property
    def size(self) -> int: ...

    def take(self, data: bytes) -> str: ...

    def put(self, text: str) -> bytes: ...


class Characters:
    def __init__(self, size: int, charset: Charset) -> None:
        self.size, self._charset = size, charset

    def take(self, data: bytes) -> str:
        return self._charset.decode(data.rstrip(self._charset.blank))

    def put(self, text: str) -> bytes:
        return self._charset.encode(text).ljust(self.size, self._charset.blank)


class PatternDate:
    def __init__(
        self, pattern: str, digits: Digits, *, pivot: int = 50, blank: Literal["zeros", "blanks"] = "zeros"
    ) -> None:
        self._tokens = _TOKENS.findall(pattern)
        _check(pattern, self._tokens)
        self.kind = "time" if "hh" in self._tokens else "date"
        self.size, self._digits, self._pivot = digits.size, digits, pivot
        self._width = len(pattern)
        self._pattern = re.compile(_TOKENS.sub(_group, _escaped(pattern)), re.ASCII)
        self._layout = _TOKENS.sub(lambda token: f"{{{token[0]}}}", pattern.replace("{", "").replace("}", ""))
        self._blank = "0" * self._width if blank == "zeros" and pattern.isalnum() else ""

    def read(self, data: bytes) -> str:
        text = self._digits.take(data)
        plain = text.lstrip("0").rjust(self._width, "0") if text.isdecimal() else text
        if not plain.strip(" ") or not plain.strip("0"):
            return ""
        if not plain.strip("9") and self.kind == "date":
            return _CLEAR
        found = self._pattern.fullmatch(plain)
        if found is None:
            raise Refused(f"not a {self.kind}")
        moment = self._moment(found.groupdict())
        # strftime does not fill up years before 1000
        day = f"{moment.year:04}{moment:%m%d}"
        return f"{day}{moment:%H%M%S}" if self.kind == "time" else day

    def _moment(self, parts: Mapping[str, str]) -> datetime:
        month = _MONTHS.index(parts["MMM"]) + 1 if "MMM" in parts else int(parts.get("MM", 1))
        hour, minute, second = (int(parts.get(name, 0)) for name in ("hh", "mm", "ss"))
        day = int(parts.get("DD", 1))
        try:
            first = datetime(self._year(parts), month, day, hour, minute, second)  # noqa: DTZ001
            found = first + timedelta(days=int(parts.get("DDD", 1)) - 1)
        except (ValueError, OverflowError):
            raise Refused(f"impossible {self.kind}") from None
        if found.year != first.year or ("DDD" in parts and not int(parts["DDD"])):
            raise Refused(f"impossible {self.kind}")
        return found

    def _year(self, parts: Mapping[str, str]) -> int:
        if "YYYY" in parts:
            return int(parts["YYYY"])
        year = int(parts["YY"])
        if "C" in parts:
            return 1900 + 100 * int(parts["C"]) + year
        return year + (1900 if year >= self._pivot else 2000)

    def write(self, value: Any) -> bytes:
        if value is None or value == "":
            return self._digits.put(self._blank)
        if value == _CLEAR and self.kind == "date":
            return self._digits.put("9" * self._width)
        size = 14 if self.kind == "time" else 8
        if not isinstance(value, str) or len(value) != size or not (value.isascii() and value.isdigit()):
            raise Refused(f"not a {self.kind}")
        text = self._layout.format(**self._parts(value.ljust(14, "0")))
        data = self._digits.put(text)
        if self.read(data) != value:
            raise Refused("over its century")
        return data

    def _parts(self, value: str) -> Mapping[str, str]:
        try:
            moment = datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only the calendar is asked
        except ValueError:
            raise Refused(f"impossible {self.kind}") from None
        century = moment.year // 100 - 19
        if "C" in self._tokens and not 0 <= century <= 9:
            raise Refused("over its century")
        return {
            "YYYY": f"{moment.year:04}",
            "YY": f"{moment.year % 100:02}",
            "C": str(century),
            "MM": value[4:6],
            "MMM": _MONTHS[moment.month - 1],
            "DD": value[6:8],
            "DDD": f"{moment.timetuple().tm_yday:03}",
            "hh": value[8:10],
            "mm": value[10:12],
            "ss": value[12:],
        }


def _escaped(pattern: str) -> str:
    return re.escape(pattern).replace("\\ ", " ")


def _group(token: "re.Match[str]") -> str:
    name = token[0]
    inner = "|".join(_MONTHS) if name == "MMM" else f"[0-9]{{{_DIGITS[name]}}}"
    return f"(?P<{name}>{inner})"


def _check(pattern: str, tokens: list[str]) -> None:
    years = [token for token in tokens if token in ("YYYY", "YY")]
    days = sorted(token for token in tokens if token[0] in "DM")
    day = days in (["DDD"], ["DD", "MM"], ["DD", "MMM"])
    if len(years) != 1 or not day or len(set(tokens)) != len(tokens) or ("C" in tokens and years != ["YY"]):
        raise DeclarationError(f"{pattern!r} is not one date: a year, a month and a day", key="pattern")
    if "hh" in tokens and not {"mm", "ss"} <= set(tokens):
        raise DeclarationError(f"{pattern!r} is not one time: hours, minutes and seconds", key="pattern")
