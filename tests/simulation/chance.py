"""One seed, many dice: every part draws from its own, so a change in one leaves the others' draws alone."""

from collections.abc import Callable
from random import Random


class Chance:
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, part: str) -> Random:
        return Random(f"simulation/{self.seed}/{part}")

    def bytes_of(self, part: str) -> Callable[[int], bytes]:
        return self.of(part).randbytes
