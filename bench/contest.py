"""What is measured against what: one task, our way and the other ways, and how much faster ours has to be.

A file of contests is a module of `bench` with `contests(conf) -> Iterable[Contest]`; its name stands in
`bench.formats.FILES`.

Processor time, not the clock, and all contestants in turn in every round: what else runs on the machine then
hits all alike. A ratio is the median of the rounds' ratios, not the ratio of medians.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

OURS = "generated"
ROUND_SECONDS = 0.004


@dataclass(frozen=True)
class Contest:
    task: str
    """`CU01, 5 accounts`."""
    way: str
    """`parse` or `build`."""
    ours: Callable[[], Any]
    others: Mapping[str, Callable[[], Any]]
    """`naive`, `tuned`, `interpreted`, or a library's name."""
    demands: Mapping[str, float] = field(default_factory=dict)
    """Contestant → how many times as fast as it ours has to be (0.85: it may take 1/0.85 of its time)."""
    otherwise: Collection[str] = ()
    """Contestants whose result is not comparable; all others must return what ours does."""


@dataclass(frozen=True)
class Outcome:
    contest: Contest
    nanoseconds: Mapping[str, float]
    """Medians, ours among them."""
    ratios: Mapping[str, float]
    """Contestant → its time over ours."""

    @property
    def misses(self) -> Collection[str]:
        return [name for name, least in self.contest.demands.items() if self.ratios[name] < least]


def hold(contest: Contest, rounds: int = 41) -> Outcome:
    runs = {OURS: contest.ours, **contest.others}
    _check_alike(contest, runs)
    times = {name: _times(run) for name, run in runs.items()}
    seen: dict[str, list[float]] = {name: [] for name in runs}
    order = list(runs)
    for i in range(rounds):
        for name in order if i % 2 else reversed(order):
            seen[name].append(_nanoseconds(runs[name], times[name]))
    ratios = {
        name: median(other / ours for other, ours in zip(seen[name], seen[OURS], strict=True))
        for name in contest.others
    }
    return Outcome(contest, {name: median(all) for name, all in seen.items()}, ratios)


def _check_alike(contest: Contest, runs: Mapping[str, Callable[[], Any]]) -> None:
    wanted = contest.ours()
    for name, run in runs.items():
        if name not in contest.otherwise and run() != wanted:
            raise AssertionError(f"{contest.task}, {contest.way}: {name} has another result")


def _times(run: Callable[[], Any]) -> int:
    """How often it runs in a round."""
    times = 1
    while (once := _nanoseconds(run, times) * times / 1e9) < ROUND_SECONDS / 4:
        times *= 2
    return max(1, round(times * ROUND_SECONDS / once))


def _nanoseconds(run: Callable[[], Any], times: int) -> float:
    rounds = range(times)
    start = time.process_time_ns()
    for _ in rounds:
        run()
    return (time.process_time_ns() - start) / times
