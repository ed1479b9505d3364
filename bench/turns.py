"""Two states of things in turns on one hub: whether the second is felt.

Where a machine shares its processors with others, they are taken away for tenths of a second (`steal` in
proc(5)), in waves of minutes, and what waits then looks like a delay of the hub. So the two states take turns
of some seconds, what the machine took is noted with each turn, and only the turns count in which it took next
to nothing. The figure of every such turn stands in the report: how far two turns of one state differ is seen.
"""

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.missed import NotMeasured

SETTLE_SECONDS = 1.0
"""At the start of a turn, which the state before may reach into; not measured."""
QUIET = 0.02
"""The most that may be stolen of a turn's processor time."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point on the clock, with what was stolen until then."""

    at: float
    """Seconds of `time.perf_counter()`, which all processes of the machine share on Linux."""
    stolen: int
    ticks: int
    """Of all processors, whatever they did."""

    @classmethod
    def now(cls) -> "Moment":
        first, *_ = Path("/proc/stat").read_text("ascii").splitlines()
        ticks = [int(one) for one in first.split()[1:9]]
        return cls(time.perf_counter(), ticks[7], sum(ticks))


def stolen(since: Moment, until: Moment) -> float:
    """The share of the processors' time that others took of this machine's; 0 to 1."""
    return (until.stolen - since.stolen) / max(1, until.ticks - since.ticks)


@dataclass(frozen=True, slots=True)
class Turn:
    state: str
    stolen: float
    ms: Sequence[float]
    """Of each answer."""

    @property
    def quiet(self) -> bool:
        return self.stolen <= QUIET and len(self.ms) > 1


def compared(turns: Iterable[Turn], before: str, after: str) -> dict[str, Any]:
    """Of both states what their quiet turns had together and each alone, and how many times the p99 it is.

    Raises `NotMeasured` when the machine left no turn of a state alone.
    """
    turns = list(turns)
    figures = {state: _figures([one for one in turns if one.state == state]) for state in (before, after)}
    return figures | {
        "p50_ratio": round(figures[after]["p50_ms"] / figures[before]["p50_ms"], 2),
        "p99_ratio": round(figures[after]["p99_ms"] / figures[before]["p99_ms"], 2),
    }


def enough(turns: Iterable[Turn], states: Sequence[str], wanted: int) -> bool:
    quiet = [turn.state for turn in turns if turn.quiet]
    return all(quiet.count(state) >= wanted for state in states)


def _figures(turns: list[Turn]) -> dict[str, Any]:
    quiet = [turn for turn in turns if turn.quiet]
    if not quiet:
        raise NotMeasured(
            f"of {len(turns)} turns none was left alone: others take this machine's processors (steal in "
            "/proc/stat). Measure again later, or elsewhere."
        )
    cuts = statistics.quantiles([one for turn in quiet for one in turn.ms], n=100)
    return {
        "turns": len(turns),
        "quiet": len(quiet),
        "answers": sum(len(turn.ms) for turn in quiet),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "p99_ms_of_each": [round(statistics.quantiles(turn.ms, n=100)[98], 1) for turn in quiet],
    }
