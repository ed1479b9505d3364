"""Bytes on their way in one direction: late, in pieces, in their order, as on TCP."""

from collections import deque
from math import inf
from random import Random
from typing import Protocol

import trio

from .trace import Trace
from .weather import Weather

CAPACITY = 32_768
"""Unread bytes of one direction; above that the writer waits."""


class Around(Protocol):
    """What is over all connections of a network."""

    @property
    def weather(self) -> Weather: ...

    @property
    def trace(self) -> Trace: ...


class Pipe:
    """Bytes on their way in one direction."""

    def __init__(self, name: str, around: Around, rng: Random, latency: float) -> None:
        self.name, self._around, self._rng, self._latency = name, around, rng, latency
        self._segments: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._last = 0.0
        self._ended_at = inf
        self.broken = self.frozen = False
        self.unacknowledged_since = inf
        self.changed = trio.lowlevel.ParkingLot()

    def write(self, data: bytes) -> int:
        """How many bytes there was room for."""
        if self.broken:  # nobody is there any more: taken, and answered with a reset
            return len(data)
        weather = self._around.weather
        room = max(0, CAPACITY - self._size)
        if len(data) > 1 and self._rng.random() < weather.short_writes:
            room = min(room, self._rng.randrange(1, len(data)))
        taken = data[:room]
        if not taken:
            return 0
        self._around.trace.note(self.name, taken)
        self._size += len(taken)
        if self.frozen:
            self.unacknowledged_since = min(self.unacknowledged_since, trio.current_time())
        for piece in self._pieces(taken):
            self._last = max(self._last, trio.current_time() + self._delay())
            self._segments.append((self._last, piece))
        self.changed.unpark_all()
        return len(taken)

    def _pieces(self, data: bytes) -> list[bytes]:
        if self._rng.random() >= self._around.weather.pieces:
            return [data]
        if len(data) <= 40 and self._rng.random() < 0.2:
            return [data[at : at + 1] for at in range(len(data))]
        cuts = sorted(self._rng.randrange(len(data) + 1) for _ in range(self._rng.randint(1, 3)))
        ends = zip([0, *cuts], [*cuts, len(data)], strict=True)
        return [data[start:end] for start, end in ends if start < end]

    def _delay(self) -> float:
        return self._latency * self._rng.expovariate(1)

    def end(self) -> None:
        self._ended_at = min(self._ended_at, max(self._last, trio.current_time() + self._delay()))
        self.changed.unpark_all()

    def break_up(self) -> None:
        self.broken = True
        self._segments.clear()
        self.changed.unpark_all()

    def freeze(self) -> None:
        self.frozen = True
        if self._size:
            self.unacknowledged_since = trio.current_time()
        self.changed.unpark_all()

    @property
    def next_event(self) -> float:
        """When the reader should look again."""
        if self.frozen:
            return inf
        return self._segments[0][0] if self._segments else self._ended_at

    @property
    def has_unread(self) -> bool:
        return bool(self._segments)

    def read(self) -> bytes:
        """What has arrived: one piece, or all that is there, as it happens."""
        now, several = trio.current_time(), self._rng.random() < 0.5
        got: list[bytes] = []
        while self._segments and self._segments[0][0] <= now and not self.frozen and (several or not got):
            got.append(self._segments.popleft()[1])
        data = b"".join(got)
        self._size -= len(data)
        if data:
            self.changed.unpark_all()
        return data

    @property
    def at_end(self) -> bool:
        return not self.frozen and not self._segments and trio.current_time() >= self._ended_at
