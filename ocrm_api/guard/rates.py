"""Rates: a token bucket for each key. A bucket holds ten seconds' worth and fills all the time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

BURST_SECONDS = 10.0
_MANY = 50_000


class Rate:
    """At most so many a second for each key, in the long run. The keys used longest ago are forgotten."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._clock = per_second, clock
        self._full: OrderedDict[str, float] = OrderedDict()
        """Key → when its bucket is full again: the generic cell rate algorithm (ITU-T I.371)."""
        self._lock = threading.Lock()

    def wait(self, key: str) -> float:
        """Takes one; 0 where there was one, otherwise the seconds until there is (and takes none)."""
        at = self._clock()
        with self._lock:
            full = max(at, self._full.pop(key, at)) + 1 / self._per_second
            waits = full - at - BURST_SECONDS
            if waits <= 0:
                self._full[key] = full
            else:
                self._full[key] = full - 1 / self._per_second
            if len(self._full) > _MANY:
                self._full.popitem(last=False)
        return max(0.0, waits)
