"""Hours of the day in which a system is pushed nothing: its end-of-day run, its maintenance window."""

import re
from collections.abc import Iterable
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator

_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY: Final = 24 * 60
_MINUTE: Final = 60_000_000


def minutes(span: str) -> tuple[int, int]:
    """`23:30-01:00`: from the first minute until the second, over midnight where that is the earlier one."""
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError("must be hours such as 23:30-01:00")
    hours, mins, to_hours, to_mins = map(int, match.groups())
    start, end = hours * 60 + mins, to_hours * 60 + to_mins
    if start == end:
        raise ValueError("begins when it ends: a system that is never pushed to has no [delivery]")
    return start, end


def _checked(span: str) -> str:
    minutes(span)
    return span


Span: TypeAlias = Annotated[str, AfterValidator(_checked)]


class QuietHours:
    def __init__(self, spans: Iterable[str] = (), offset: int = 0) -> None:
        """`offset`: of the system's own time, seconds east of UTC."""
        self._spans = [minutes(span) for span in spans]
        self._offset = offset * 1_000_000

    def holds(self, at: int) -> bool:
        """Whether this moment (microseconds UTC) is quiet."""
        if not self._spans:
            return False
        minute = (at + self._offset) // _MINUTE % _DAY
        return any(
            start <= minute < end if start < end else minute >= start or minute < end
            for start, end in self._spans
        )
