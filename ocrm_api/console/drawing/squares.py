"""A square code (QR, ISO/IEC 18004) as one path: runs of dark modules, row by row. Made here: a secret that
is shown as a picture must not pass through anybody else's service.
"""

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4
"""Modules of margin that the standard asks for."""


@dataclass(frozen=True, slots=True)
class Squares:
    size: int
    path: str
    """For SVG's `d`; a module is one unit."""


def squares(text: str) -> Squares:
    matrix = [[bool(module) for module in row] for row in segno.make(text, error="m", micro=False).matrix]
    runs = [run for y, row in enumerate(matrix) for run in _runs(row, y + QUIET)]
    return Squares(len(matrix) + 2 * QUIET, "".join(runs))


def _runs(row: list[bool], y: int) -> list[str]:
    found, x = [], QUIET
    for dark, modules in groupby(row):
        length = len(list(modules))
        if dark:
            found.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return found
