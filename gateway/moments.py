"""Moments as people type them: RFC 3339, or how long ago."""

import re
import time
from datetime import UTC, datetime

_AGO = re.compile(r"(\d{1,9})([smhd])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class BadMoment(ValueError):
    """Says how to write it."""


def microseconds_since(text: str, now: float | None = None) -> int:
    """Microseconds UTC of `15m` ago or of `2026-01-31T08:00:00+08:00`. Raises BadMoment."""
    ago = _AGO.fullmatch(text)
    if ago:
        moment = (time.time() if now is None else now) - int(ago[1]) * _SECONDS[ago[2]]
        return max(0, int(moment * 1_000_000))
    try:
        parsed = datetime.fromisoformat(text.upper())
    except ValueError:
        raise BadMoment("must be RFC 3339, as in 2026-01-31T08:00:00+08:00, or as in 15m, 2h, 1d") from None
    if parsed.tzinfo is None:
        raise BadMoment("needs an offset, as in 2026-01-31T08:00:00+08:00 or …Z")
    return int((parsed - _EPOCH).total_seconds() * 1_000_000)
