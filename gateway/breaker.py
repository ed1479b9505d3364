"""Whether a system that is dialled for each push is worth dialling now.

All its connections while it answers. Nobody for a pause once it cannot be reached, or took several pushes in
a row without a word; then one at a time, after growing pauses, until one is answered. So a system that is
away, hangs up on everything or says nothing costs a push now and then, and not the bank's work.

Pure: the caller hands in the time. Exchanges that were under way together fail together, and count once.
"""

from math import inf

from gateway.backoff import Backoff

IN_A_ROW = 3
"""Unanswered pushes after which it is the system; fewer may be a message that it stumbles over."""


class Breaker:
    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._unanswered = 0
        """In a row."""
        self._broke_at, self._until = -inf, -inf

    @property
    def failures(self) -> int:
        """Pauses since it answered last."""
        return self._backoff.failures

    def allowed(self, connections: int, taken: int, now: float) -> int:
        """How many more may begin, of so many connections of which some are taken."""
        if not self._backoff.failures:
            return connections - taken
        return 1 if now >= self._until and not taken else 0

    def answered(self) -> None:
        self._unanswered = 0
        self._backoff.succeeded()

    def unanswered(self, begun: float, now: float) -> None:
        """It was reached, and an exchange that began then ended without an answer."""
        self._unanswered += 1
        if self._unanswered >= IN_A_ROW:
            self.unreached(begun, now)

    def unreached(self, begun: float, now: float) -> None:
        if begun >= self._broke_at:
            self._broke_at, self._until = now, now + self._backoff.failed()
