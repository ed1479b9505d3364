"""Work in portions at no more than so many a second, for commands that run beside a hub."""

import time
from collections.abc import Callable


class Pace:
    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate, self._clock, self._sleep = rate, clock, sleep
        self._free_at = clock()

    def portion(self, largest: int) -> int:
        """How many to take at once, so that nothing comes in bursts of more than a second's worth."""
        return max(1, min(largest, int(self.rate)))

    def wait(self, done: int) -> None:
        """After `done` of them; time lost elsewhere is not caught up on."""
        now = self._clock()
        self._free_at = max(self._free_at, now - 1 / self.rate) + done / self.rate
        if self._free_at > now:
            self._sleep(self._free_at - now)
