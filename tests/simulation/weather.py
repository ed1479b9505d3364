"""How bad a simulated network is: shares of what goes wrong, until the faults stop.

A connection ends in one of these ways:

    whole        as two programs on one machine
    reset        both sides are told, what was on its way is lost
    frozen       half-open: nothing arrives any more, nobody is told (a power cut, a firewall that forgot)
    ended        both sides see the end of the other's writing, be it inside a frame
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Fate: TypeAlias = Literal["whole", "reset", "frozen", "ended"]


@dataclass(frozen=True)
class Weather:
    """How bad it is, until the faults stop."""

    slow: float = 0.1
    """Share of connections that take long for everything."""
    pieces: float = 0.3
    """Share of writes that arrive in pieces."""
    fates: tuple[tuple[Fate, float], ...] = (("reset", 0.08), ("frozen", 0.05), ("ended", 0.05))
    refused: float = 0.05
    """Share of connects that are refused, and as many that get no answer."""
    short_writes: float = 0.1
    """Share of writes of which only a part is taken at once."""


STORMY = Weather()
CALM = Weather(slow=0, pieces=0.1, fates=(), refused=0, short_writes=0)
