"""Evidence as a waterfall: from the prior, each comparison's weight up or down, to the score.

The axis is in log2 odds (Fellegi and Sunter, "A Theory for Record Linkage", 1969): adding weights is
multiplying odds, so a bar of one unit doubles or halves the odds that the two are one customer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ocrm_api.console.drawing.scale import nice_step, told

WIDTH, ROW, HEAD = 400.0, 34.0, 24.0
LEFT, RIGHT = 116.0, 44.0


@dataclass(frozen=True, slots=True)
class Weight:
    label: str
    weight: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    note: str
    x: float
    width: float
    y: float
    mark: str
    """"for", "against" or "total"."""
    text: str
    text_x: float
    link_x: float
    """Where the line to the next step goes down."""


@dataclass(frozen=True, slots=True)
class Threshold:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    steps: Sequence[Step]
    ticks: Sequence[Threshold]
    thresholds: Sequence[Threshold]
    zero: float
    width: float
    height: float


def waterfall(
    weights: Sequence[Weight], total: str, thresholds: Sequence[tuple[float, str]] = ()
) -> Waterfall:
    """`total` labels the last bar; `thresholds` are (score, label)."""
    sums = [0.0]
    for one in weights:
        sums.append(sums[-1] + one.weight)
    low, high = min(*sums, 0.0, *(at for at, _ in thresholds)), max(*sums, 0.0, *(at for at, _ in thresholds))
    span = (high - low) or 1.0
    per = (WIDTH - LEFT - RIGHT) / span

    def x(value: float) -> float:
        return round(LEFT + (value - low) * per, 2)

    steps = [
        _step(one, before, after, x, row)
        for row, (one, before, after) in enumerate(zip(weights, sums, sums[1:], strict=False))
    ]
    steps.append(_total(total, sums[-1], x, len(weights)))
    step = nice_step(span, 5)
    first = int(low // step)
    marks = [step * n for n in range(first, int(high // step) + 1) if low <= step * n <= high]
    return Waterfall(
        steps,
        [Threshold(x(mark), told(mark)) for mark in marks],
        [Threshold(x(at), label) for at, label in thresholds],
        x(0.0),
        WIDTH,
        HEAD + ROW * len(steps) + 6,
    )


def _step(one: Weight, before: float, after: float, x: Callable[[float], float], row: int) -> Step:
    left, right = x(min(before, after)), x(max(before, after))
    mark = "against" if one.weight < 0 else "for"
    text = f"{one.weight:+.1f}"
    return Step(
        one.label,
        one.note,
        left,
        round(max(1.5, right - left), 2),
        HEAD + row * ROW,
        mark,
        text,
        right + 6,
        x(after),
    )


def _total(label: str, value: float, x: Callable[[float], float], row: int) -> Step:
    left, right = x(min(0.0, value)), x(max(0.0, value))
    width = round(max(1.5, right - left), 2)
    return Step(label, "", left, width, HEAD + row * ROW, "total", f"{value:+.1f}", right + 6, x(value))
