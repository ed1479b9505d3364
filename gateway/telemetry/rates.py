"""How busy the hub was over the last hour: its counters looked at every ten seconds, and the difference kept.

Counting a message stays two increments; nothing here is on its way. The rows go out with the statistics.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

import trio

from gateway.statistics import Counters

EVERY_SECONDS: Final = 10
KEPT: Final = 360

Row: TypeAlias = tuple[float, int, int, int, float, int]
"""(end of the ten seconds, messages in, messages out, refused, seconds until the replies in all, replies)"""


class Rates:
    def __init__(self, counters: Counters, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        self._counters, self._clock = counters, clock
        self._rows: deque[Row] = deque(maxlen=KEPT)
        self._before = self._totals()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await trio.sleep(EVERY_SECONDS)
            self.look()

    def look(self) -> None:
        now = self._totals()
        before, self._before = self._before, now
        since = [after - earlier for after, earlier in zip(now[:4], before[:4], strict=True)]
        seconds = round(now[4] - before[4], 6)
        self._rows.append((round(self._clock(), 3), since[0], since[1], since[2], seconds, since[3]))

    def rows(self) -> list[Row]:
        """The oldest first."""
        return list(self._rows)

    def _totals(self) -> tuple[int, int, int, int, float]:
        counted = self._counters
        ways = {"in": 0, "out": 0}
        for (_, direction, _, _), count in counted.messages.items():
            ways[direction] += count
        refused, acks = sum(counted.refused.values()), counted.ack_seconds
        return ways["in"], ways["out"], refused, sum(acks.counts), acks.sum
