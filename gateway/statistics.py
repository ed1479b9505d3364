"""What the hub counts, as plain numbers, and the Unix socket that hands them out.

Counters are dictionaries that the one event loop writes: counting a message is two increments. The socket
answers each connection with one JSON line and closes. It is served by the same event loop as the messages,
so an answer proves that the hub lives; the HTTP process turns it into health and metrics.
"""

import json
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trio

from gateway.local import OpensLocal, serve_local
from gateway.streams import Wire

ACK_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCH_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
MOST_LABELS = 1000
"""Different label sets kept a counter; types that strangers invent must not fill the memory."""

OUTCOMES: Mapping[str, str] = {
    "": "noted",
    "0000": "applied",
    "0001": "unchanged",
    "0002": "review",
    "0003": "stale",
    "2001": "unknown",
    "9001": "busy",
    "9002": "unavailable",
    "9999": "failed",
}
"""Reply code → outcome; every other code is a refusal."""


def outcome(code: str) -> str:
    return OUTCOMES.get(code, "refused")


def refused(code: str) -> bool:
    """Whether a code counts in `ecif_refused_total`: everything but success and plain answers."""
    return code[:1] in ("1", "2", "9")


class Histogram:
    """Cumulated only when asked: adding is one search and two increments."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def statistics(self) -> dict[str, Any]:
        """Buckets as Prometheus wants them: upper bound → how many were at most that."""
        total, buckets = 0, []
        for bound, count in zip((*self.bounds, "+Inf"), self.counts, strict=True):
            total += count
            buckets.append([bound, total])
        return {"buckets": buckets, "sum": round(self.sum, 6), "count": total}


class Counters:
    """Everything that is counted, one object for the whole hub."""

    def __init__(self) -> None:
        self.started = time.time()
        self.messages: Counter[tuple[str, str, str, str]] = Counter()
        """(system, direction, type, outcome)"""
        self.refused: Counter[tuple[str, str]] = Counter()
        """(system, code)"""
        self.lines: Counter[tuple[str, str]] = Counter()
        """(system, how it ended or why it was not let in)"""
        self.sessions: Counter[str] = Counter()
        """Open connections a system."""
        self.ack_seconds = Histogram(ACK_BOUNDS)
        self.batch_messages = Histogram(BATCH_BOUNDS)
        self.batch_seconds = Histogram(ACK_BOUNDS)
        self.retried_batches = self.split_batches = 0

    def came(self, system: str, type: str, code: str, seconds: float) -> None:
        """A message was answered (code "" for one that gets no answer) so long after it came."""
        label = (system, "in", type, outcome(code))
        if label not in self.messages and len(self.messages) >= MOST_LABELS:
            label = (system, "in", "other", label[3])
        self.messages[label] += 1
        self.ack_seconds.add(seconds)
        if refused(code):
            self.refused[system, code] += 1

    def went(self, system: str, type: str, outcome: str) -> None:
        """A message of the hub's own: "sent", "repeated", "lost"."""
        self.messages[system, "out", type, outcome] += 1

    def line(self, system: str, what: str) -> None:
        self.lines[system, what] += 1

    def statistics(self) -> dict[str, Any]:
        return {
            "started": self.started,
            "messages": _rows(self.messages),
            "refused": _rows(self.refused),
            "lines": _rows(self.lines),
            "sessions": dict(self.sessions),
            "ack_seconds": self.ack_seconds.statistics(),
            "batch_messages": self.batch_messages.statistics(),
            "batch_seconds": self.batch_seconds.statistics(),
            "retried_batches": self.retried_batches,
            "split_batches": self.split_batches,
        }


def _rows(counter: Mapping[Any, int]) -> list[list[Any]]:
    return [[*labels, count] for labels, count in sorted(counter.items())]


def as_line(statistics: Mapping[str, Any]) -> bytes:
    return json.dumps(statistics, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


async def serve_statistics(
    path: Path,
    collect: Callable[[], Mapping[str, Any]],
    open_local: OpensLocal | None = None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """One JSON line for each who connects, until cancelled."""

    async def answer(wire: Wire) -> None:
        await wire.send(as_line(collect()))

    await serve_local(path, answer, open_local, task_status=task_status)
