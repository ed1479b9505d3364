"""A date or a time as digits in a text: what delimited lines and XML have in common.

An impossible date is the customer's matter, not the format's; a time must be one of the calendar.
"""

import re
from datetime import datetime
from typing import Any

from formats.errors import Refused

_DATE = re.compile(r"[0-9]{8}", re.ASCII)
_TIME = re.compile(r"[0-9]{14}", re.ASCII)
NO_DATE = "00000000"


class DateText:
    """Eight digits as they stand; zeros read as not known."""

    kind = "date"

    def read(self, text: str) -> str:
        if not _DATE.fullmatch(text):
            raise Refused("not eight digits")
        return "" if text == NO_DATE else text

    def write(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("not eight digits")
        return self.read(value)


class TimeText:
    """YYYYMMDDhhmmss by the calendar."""

    kind = "time"

    def read(self, text: str) -> str:
        if not _TIME.fullmatch(text):
            raise Refused("not a time")
        at = [int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2))]
        try:
            datetime(*at)  # type: ignore[arg-type]  # noqa: DTZ001 - only the calendar is asked
        except ValueError:
            raise Refused("impossible time") from None
        return text

    def write(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("not a time")
        return self.read(value)
