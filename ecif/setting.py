"""What conf decides about the customer half, handed to every use case: systems, rules, patience."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ecif.chaining import Algorithm
from ecif.matching import Matching
from ecif.model import Dialect
from ecif.survivorship import Rules

SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a push waits, in microseconds."""

    reply: Mapping[str, int] = field(default_factory=dict)
    """System → until an unanswered push is repeated."""
    reply_default: int = 5 * SECOND
    first: int = SECOND
    cap: int = 300 * SECOND
    jitter: Callable[[], float] = random.random
    """From 0 to 1."""

    @property
    def longest(self) -> int:
        """No push is planned further ahead than this."""
        return max(self.cap * 11 // 10, self.reply_default, *self.reply.values()) + SECOND

    def reply_of(self, system: str) -> int:
        return self.reply.get(system, self.reply_default)

    def backoff(self, attempts: int) -> int:
        """1, 2, 4 … 300 s after the 1st, 2nd, 3rd … failure in a row, with up to a tenth more or less."""
        wait = min(self.cap, self.first << min(max(attempts - 1, 0), 30))
        return int(wait * (0.9 + 0.2 * self.jitter()))

    def repeat_after(self, system: str, copies: int) -> int:
        """Until the next copy, when nothing at all is heard: the sheet's time, then growing."""
        reply = self.reply_of(system)
        return reply if copies <= 1 else max(reply, self.backoff(copies))


@dataclass(frozen=True, slots=True)
class Setting:
    dialects: Mapping[str, Dialect]
    rules: Rules
    matching: Matching
    patience: Patience = field(default_factory=Patience)
    hashing: Algorithm = "sha256"
    """Of the chains of change events."""
