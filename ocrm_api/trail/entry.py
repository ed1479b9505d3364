"""One act of a member of staff, as it will stand in the trail. It holds no customer's value."""

import time
from dataclasses import dataclass, field
from typing import Any


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class Entry:
    """Begun when the act begins, complete when its answer is known: then it is written, then answered."""

    action: str
    """The permission that was used, or what was tried ("log_in", …)."""
    actor: str | None = None
    via: str = "none"
    """token, session, cli, none."""
    address: str | None = None
    method: str | None = None
    route: str | None = None
    """The path's template, so that no value of a path gets in."""
    status: int = 0
    reason: str | None = None
    parties: dict[str, None] = field(default_factory=dict)
    """ECIF numbers that were shown or changed, in order."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What else tells the act: counts, names of fields, numbers of tasks and messages."""
    at: int = field(default_factory=now)
