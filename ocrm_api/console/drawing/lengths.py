"""Figures beside each other as bars of their length."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, ROW = 100.0, 8.0


@dataclass(frozen=True, slots=True)
class Length:
    label: str
    width: float
    """Of 100."""
    text: str
    mark: str = ""
    """A class for its colour."""


def lengths(figures: Sequence[tuple[str, float, str, str]]) -> list[Length]:
    """(label, figure, its text, mark); the longest fills the width, and what is not nothing can be seen."""
    top = max((abs(figure) for _, figure, _, _ in figures), default=0.0) or 1.0
    return [
        Length(label, round(max(abs(figure) / top * WIDTH, 1.0 if figure else 0.0), 2), text, mark)
        for label, figure, text, mark in figures
    ]
