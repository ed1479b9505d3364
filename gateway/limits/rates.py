"""How fast: a frame's bytes, starts, pushes, log lines."""

import math
from dataclasses import dataclass, field

import trio

from gateway.limits.admission import Window


@dataclass(frozen=True, slots=True)
class FrameTime:
    """How long a frame may take: a deadline for all of it, and a least rate, so that whoever sends a byte now
    and then, or none, does not get all of that time. The rate counts only after half of it: a packet that was
    lost on the way is no drip."""

    seconds: float
    bytes_per_second: int

    def until(self, begun: float, received: int) -> float:
        """When more of it must have come."""
        return begun + min(self.seconds, self.seconds / 2 + received / self.bytes_per_second)


class Pacer:
    """At most so many starts a second, evenly spread; a start not used is not saved up."""

    def __init__(self, per_second: int | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = -math.inf

    async def wait_turn(self) -> None:
        now = trio.current_time()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await trio.sleep_until(turn)


class Allowance:
    """At most so many a second, without waiting here: a tenth of a second's worth may go at once."""

    def __init__(self, per_second: int | None) -> None:
        self._rate = float(per_second or 0)
        self._most = max(1.0, self._rate / 10)
        self._left, self._at = self._most, -math.inf

    def left(self, now: float) -> float:
        """How many may go now; infinite where there is no rate."""
        if not self._rate:
            return math.inf
        if now > self._at:
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
        return self._left

    def spend(self) -> None:
        self._left -= 1

    def wait(self, now: float) -> float:
        """Seconds until the next one may go; 0: now."""
        missing = 1 - self.left(now)
        return missing / self._rate if missing > 0 else 0.0


@dataclass(slots=True)
class Throttle:
    """Which log lines may be written: `most` of a kind in `seconds`, the next one says how many were not."""

    most: int = 5
    seconds: float = 10.0
    _windows: dict[str, Window] = field(default_factory=dict)

    def admit(self, kind: str, now: float) -> int | None:
        """None: keep quiet. Otherwise the number kept quiet since the last line of this kind."""
        window = self._windows.get(kind)
        if window is None or now >= window.since + self.seconds:
            hidden = max(0, window.seen - self.most) if window else 0
            self._windows[kind] = Window(now, 1)
            return hidden
        window.seen += 1
        return 0 if window.seen <= self.most else None
