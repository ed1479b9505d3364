"""Counting wrong tries in memory: of addresses, and of names that no account has."""

import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from ocrm_api.access.conf import LockoutConf

_MANY = 100_000


def lock_seconds(failures: int, allowed: int, conf: LockoutConf) -> int:
    """How long to close after the n-th wrong try in a row; 0 while some are left."""
    over = failures - allowed
    return 0 if over < 0 else min(conf.cap_seconds, conf.first_seconds << min(over, 30))


class _Tried(NamedTuple):
    failures: int
    locked_until: float
    at: float


class Tries:
    """Each key by itself; the oldest are forgotten when there are many, or after the longest lock."""

    def __init__(self, allowed: int, conf: LockoutConf) -> None:
        self._allowed, self._conf = allowed, conf
        self._tried: OrderedDict[str, _Tried] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, key: str) -> int:
        """Counts a try as wrong; how many seconds to wait where it is closed (then it is not counted)."""
        at = time.monotonic()
        with self._lock:
            tried = self._tried.pop(key, None)
            if tried is None or at - max(tried.at, tried.locked_until) > self._conf.cap_seconds:
                tried = _Tried(0, 0.0, at)
            waits = tried.locked_until - at
            if waits <= 0:
                failures = tried.failures + 1
                tried = _Tried(failures, at + lock_seconds(failures, self._allowed, self._conf), at)
            self._tried[key] = tried
            if len(self._tried) > _MANY:
                self._tried.popitem(last=False)
        return _whole(waits)

    def waits(self, key: str) -> int:
        """How many seconds it is closed for; counts nothing."""
        with self._lock:
            tried = self._tried.get(key)
        return 0 if tried is None else _whole(tried.locked_until - time.monotonic())

    def forgive(self, key: str) -> None:
        """The try was right."""
        with self._lock:
            self._tried.pop(key, None)


def _whole(seconds: float) -> int:
    return int(seconds) + 1 if seconds > 0 else 0
