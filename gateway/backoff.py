"""How long to wait after the n-th failure in a row: 1, 2, 4 … seconds up to a cap, with jitter.

Pure: the caller hands in the random number and does the waiting. Full doubling with jitter over the upper
half keeps a thousand lines that broke together from coming back together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import random

DOUBLINGS = 30
"""Enough for any cap; keeps the power small after days of failure."""


def pause(failures: int, *, first: float, cap: float, jitter: float) -> float:
    """Seconds to wait after `failures` failures; `jitter` from 0 to 1 takes off up to half."""
    full = min(cap, first * 2.0 ** min(failures - 1, DOUBLINGS))
    return full * (1 - jitter / 2)


@dataclass(slots=True)
class Backoff:
    """Counts failures in a row and tells the pause after each."""

    first: float = 1.0
    cap: float = 300.0
    failures: int = 0
    chance: Callable[[], float] = random

    def failed(self) -> float:
        """One more failure: seconds to wait now."""
        self.failures += 1
        return pause(self.failures, first=self.first, cap=self.cap, jitter=self.chance())

    def succeeded(self) -> None:
        self.failures = 0
