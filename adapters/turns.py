"""Turns on a line, sans-IO: one request open at a time, damaged frames said and repeated (wealth.md).

Beside `adapters.session`, which knows who may speak. Here is what was said last, to be said again:

    NAK sent       for a frame whose check is wrong; the third in a row is the end
    NAK received   the open request is repeated, if there is one, then the last reply; the third for either of
                   them is the end
    request        waits until the one before it is answered; unanswered for too long is the end

A reply goes out at once, also while a request is open. The gateway drives it: what a method returns is to be
sent, `None` means that the line is to be closed. Times are monotonic seconds, passed in.
"""

from collections import deque
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """[link]"""

    answer_seconds: float
    """How long a request may stay unanswered."""
    naks: int
    """So many for one frame end the line."""


@dataclass(slots=True)
class _Said:
    """A frame of the hub's own that may have to be repeated."""

    id: str
    body: bytes
    naks: int = 0


class Turns:
    """One line's. The peer's word for "damaged" and the frames' marks are the framing's."""

    def __init__(self, limits: TurnLimits) -> None:
        self._limits = limits
        self._open: _Said | None = None
        self._until = inf
        self._waiting: deque[_Said] = deque()
        self._last_reply: _Said | None = None
        self._damaged = 0

    def __repr__(self) -> str:
        return f"<Turns: {'one open' if self._open else 'none open'}, {len(self._waiting)} waiting>"

    # What the hub says.

    def ask(self, id: str, body: bytes, now: float) -> list[bytes]:
        """A request: sent now, or when its turn has come."""
        self._waiting.append(_Said(id, body))
        return self._next(now)

    def reply(self, body: bytes) -> None:
        """The answer to the peer's request is on its way."""
        self._last_reply = _Said("", body)

    # What the peer says.

    def heard(self) -> None:
        """A whole frame: what was damaged before it has been repeated or given up."""
        self._damaged = 0

    def answered(self, id: str, now: float) -> list[bytes]:
        """A reply to that id; one that nobody waits for changes nothing."""
        if not self.is_open(id):
            return []
        self._open, self._until = None, inf
        return self._next(now)

    def is_open(self, id: str) -> bool:
        return self._open is not None and self._open.id == id

    def damaged(self) -> bool:
        """A frame with a wrong check came: the NAK for it is sent in any case. False: it was the last."""
        self._damaged += 1
        return self._damaged < self._limits.naks

    def refused(self, now: float) -> list[bytes] | None:
        """A NAK came: what may have been damaged on its way."""
        said = [one for one in (self._open, self._last_reply) if one is not None]
        for one in said:
            one.naks += 1
        if any(one.naks >= self._limits.naks for one in said):
            return None
        if self._open is not None:
            self._until = now + self._limits.answer_seconds
        return [one.body for one in said]

    # What time asks for.

    def deadline(self) -> float:
        """When the open request counts as unanswered; infinite without one."""
        return self._until

    def _next(self, now: float) -> list[bytes]:
        if self._open is not None or not self._waiting:
            return []
        self._open = self._waiting.popleft()
        self._until = now + self._limits.answer_seconds
        return [self._open.body]
