"""The statistics of several hubs as those of one (`Hub.statistics`): counts add up, labels stay.

A counter must never fall, or whoever makes rates of it sees what was there before come once more. So what a
worker had counted when it was last heard, in a life that has ended, is kept and added from then on. What says
how things are now (sessions, what waits, leases) is of the living only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.statistics import Counters

Statistics = Mapping[str, Any]

_ROWS = ("messages", "refused", "lines")
_HISTOGRAMS = ("ack_seconds", "batch_messages", "batch_seconds")
_FLAGS = ("paused", "shadow", "shedding", "away")
_COUNTS = ("retried_batches", "split_batches")


class Ledger:
    """What each worker said last, and what former lives of all of them had counted."""

    def __init__(self) -> None:
        self._last: dict[int, Statistics] = {}
        self._past: Statistics = {**Counters().statistics(), "met": {}}
        self._living: list[Statistics] = []

    def note(self, found: Mapping[int, Statistics | None]) -> None:
        """By worker; None: it gave no answer."""
        self._living = [each for each in found.values() if each is not None]
        for number, now in found.items():
            last = self._last.get(number)
            if now is None:
                continue
            if last is not None and last["started"] != now["started"]:
                self._past = {**self._past, **counted((self._past, last))}
            self._last[number] = now

    def statistics(self) -> dict[str, Any]:
        now = standing(self._living, self._past["started"])
        return {**counted((self._past, *self._last.values())), **now}


def counted(parts: Sequence[Statistics]) -> dict[str, Any]:
    """What only grows."""
    return {
        **{key: _rows(part[key] for part in parts) for key in _ROWS},
        **{key: _histogram([part[key] for part in parts]) for key in _HISTOGRAMS},
        **{key: sum(part[key] for part in parts) for key in _COUNTS},
        "met": _sums(part["met"] for part in parts),
    }


def standing(parts: Sequence[Statistics], since: float) -> dict[str, Any]:
    """How things are now. Ready is where any of them takes messages. `since`: when the parent began."""
    return {
        "started": since,
        "sessions": _sums(part["sessions"] for part in parts),
        "intake": {"queued": 0, **_states([part["intake"] for part in parts])},
        "delivery": _deliveries([part["delivery"] for part in parts]),
        "rates": _rates(part["rates"] for part in parts),
        "leases": _leases([part["leases"] for part in parts]),
        "ready": any(part["ready"] for part in parts),
        "listening": {name: port for part in parts for name, port in part["listening"].items()},
        "process": _sums(part["process"] for part in parts),
    }


def _rows(tables: Iterable[Sequence[Sequence[Any]]]) -> list[list[Any]]:
    """Rows are [label, …, count]."""
    total: Counter[tuple[Any, ...]] = Counter()
    for table in tables:
        for *labels, count in table:
            total[tuple(labels)] += count
    return [[*labels, count] for labels, count in sorted(total.items())]


def _histogram(parts: Sequence[Statistics]) -> dict[str, Any]:
    columns = zip(*(part["buckets"] for part in parts), strict=True)
    return {
        "buckets": [[column[0][0], sum(count for _, count in column)] for column in columns],
        "sum": round(sum(part["sum"] for part in parts), 6),
        "count": sum(part["count"] for part in parts),
    }


def _sums(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def _deliveries(parts: Sequence[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    names = sorted({name for part in parts for name in part})
    return {name: _states([part[name] for part in parts if name in part]) for name in names}


def _states(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Amounts add up; what is true of one of them is true."""
    summed = _sums(parts)
    return {name: min(found, 1) if name in _FLAGS else found for name, found in summed.items()}


def _leases(parts: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """By the one that holds it, otherwise by whoever heard last: tokens only rise."""
    found: dict[str, Mapping[str, Any]] = {}
    for part in parts:
        for system, lease in part.items():
            known = found.get(system)
            if known is None or (lease["here"], lease["token"]) > (known["here"], known["token"]):
                found[system] = lease
    return dict(sorted(found.items()))


def _rates(parts: Iterable[Sequence[Sequence[Any]]]) -> list[list[Any]]:
    """In their order of time; each worker's seconds stay rows of their own."""
    return sorted(list(row) for part in parts for row in part)
