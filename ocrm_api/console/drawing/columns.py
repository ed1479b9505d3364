"""Figures over time as columns, one on top of another: how busy the hub was, minute by minute."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrm_api.console.drawing.scale import ticks, told

WIDTH, HEIGHT = 640.0, 180.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 6.0, 8.0, 22.0
LEAST = 4.0
"""The axis goes up to this where there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One moment."""

    label: str
    parts: Sequence[float]
    """A figure a series."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    bars: Sequence[Bar]
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    groups: Sequence[Group]
    across: Sequence[Line]
    """Lines of the figures' axis."""
    below: Sequence[Line]
    """Labels of the moments."""
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    floor: float = HEIGHT - BOTTOM


def columns(stacks: Sequence[Stack], labels: int = 6) -> Chart:
    """`labels`: about how many moments are named."""
    marks = ticks(max((sum(stack.parts) for stack in stacks), default=0.0) or LEAST)
    up = (HEIGHT - TOP - BOTTOM) / marks[-1]
    pitch = (WIDTH - LEFT - RIGHT) / max(1, len(stacks))
    floor = HEIGHT - BOTTOM
    every = max(1, round(len(stacks) / labels))
    groups, below = [], []
    for place, stack in enumerate(stacks):
        x = LEFT + place * pitch
        groups.append(Group(stack.title, _bars(stack, x, pitch, up, floor), round(x, 2), round(pitch, 2)))
        if place % every == every // 2:
            below.append(Line(round(x + pitch / 2, 2), stack.label))
    return Chart(groups, [Line(round(floor - mark * up, 2), told(mark)) for mark in marks], below)


def _bars(stack: Stack, x: float, pitch: float, up: float, floor: float) -> list[Bar]:
    gap = min(2.0, pitch * 0.2)
    bars, bottom = [], floor
    for series, part in enumerate(stack.parts):
        height = part * up
        if height > 0:
            bottom -= height
            bars.append(
                Bar(round(x + gap / 2, 2), round(bottom, 2), round(pitch - gap, 2), round(height, 2), series)
            )
    return bars
