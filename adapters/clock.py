"""A system's local time text ↔ microseconds UTC.

The sheets write YYYYMMDDhhmmss in the system's own zone, a fixed offset ("+08:00"). Formats check that the
text is a calendar time; here it only becomes a number. Integer arithmetic, and what was made lately is kept:
this runs for each message, and many messages share a second.
"""

import re
from datetime import date
from functools import lru_cache

SECOND = 1_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")


def offset_seconds(zone: str) -> int:
    """Of a text such as `+08:00`: 28800."""
    match = _OFFSET.fullmatch(zone)
    if match is None:
        raise ValueError("not an offset such as +08:00")
    sign, hours, minutes = match.groups()
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds


@lru_cache(maxsize=4096)
def to_microseconds(text: str, offset: int) -> int:
    days = date(int(text[0:4]), int(text[4:6]), int(text[6:8])).toordinal() - _EPOCH
    seconds = int(text[8:10]) * 3600 + int(text[10:12]) * 60 + int(text[12:14])
    return (days * 86_400 + seconds - offset) * SECOND


def day_start(text: str, offset: int) -> int | None:
    """Midnight of a day YYYYMMDD, in microseconds; None where the calendar has no such day."""
    try:
        return to_microseconds(f"{text}000000", offset) if len(text) == 8 else None
    except ValueError:
        return None


def nearest_year(text: str, now: int, offset: int) -> str | None:
    """MMDDhhmmss with the year nearest to `now` in front; None where no year around has that day."""
    this = int(to_text(now, offset)[:4])
    found = []
    for year in (this - 1, this, this + 1):
        try:
            found.append((abs(to_microseconds(f"{year:04d}{text}", offset) - now), year))
        except ValueError:  # the 29th of February
            continue
    return f"{min(found)[1]:04d}{text}" if found else None


def to_text(at: int, offset: int) -> str:
    """Cut to the second, as the sheets have it."""
    return _text(at // SECOND + offset)


@lru_cache(maxsize=4096)
def _text(local: int) -> str:
    days, seconds = divmod(local, 86_400)
    day = date.fromordinal(days + _EPOCH)
    hour, rest = divmod(seconds, 3600)
    return f"{day.year:04d}{day.month:02d}{day.day:02d}{hour:02d}{rest // 60:02d}{rest % 60:02d}"
