"""Comparisons made ready to run: which level two records fall into, and what that weighs.

A record is a tuple of normalised values in the order of the model's attributes; "" is missing. A comparison
with a missing value says nothing (level MISSING, weight 0).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log2
from typing import Final, TypeAlias

from ecif.linkage.declaration import Comparison, Level
from ecif.linkage.levels import level_test

Values: TypeAlias = tuple[str, ...]
Place: TypeAlias = Callable[[Values], str]
MISSING: Final = -1
FEW: Final = 100
"""Of so many values nobody can tell how common one is."""

_Test: TypeAlias = Callable[[Values, Values, str, str], bool]


class Compared:
    """One comparison of a model. `weights` has one entry a level, the last for none of them."""

    def __init__(self, declared: Comparison, places: Mapping[str, int]) -> None:
        self.declared = declared
        self.label = declared.label
        self.labels = [*(level.label for level in declared.level), "else"]
        self.value = place_of(declared.on, places)
        self._tests = [_test(level, self.value, places) for level in declared.level]
        self.weights = [_weight(level.m, level.u) for level in declared.weighed]
        self._rare = next((i for i, level in enumerate(declared.level) if level.term_frequency), None)
        self._seen: Counter[str] = Counter()
        self._total = 0
        self.least = min(0.0, *self.weights)

    @property
    def most(self) -> float:
        """The most it can say for a match."""
        best = max(0.0, *self.weights)
        return best if self._rare is None else max(best, self._rarity(1))

    def learn(self, values: Values) -> None:
        """One more record: how common its value is."""
        if self._rare is not None and (value := self.value(values)):
            self._seen[value] += 1
            self._total += 1

    def level(self, a: Values, b: Values) -> int:
        """Position of the first level that holds; MISSING where a value is."""
        x, y = self.value(a), self.value(b)
        if not x or not y:
            return MISSING
        for position, test in enumerate(self._tests):
            if test(a, b, x, y):
                return position
        return len(self._tests)

    def weight(self, a: Values, b: Values) -> float:
        level = self.level(a, b)
        if level == MISSING:
            return 0.0
        if level == self._rare:
            return self._rarity(self._seen[self.value(a)])
        return self.weights[level]

    def _rarity(self, count: int) -> float:
        """Chance agrees in a value as often as it is common."""
        assert self._rare is not None
        m = self.declared.level[self._rare].m
        if m is None or self._total < FEW:
            return self.weights[self._rare]
        return log2(m * self._total / max(count, 2))


def place_of(names: Sequence[str], places: Mapping[str, int]) -> Place:
    """Reads one value; a group is its values joined by blanks."""
    if len(names) == 1:
        at = places[names[0]]
        return lambda values: values[at]
    spots = [places[name] for name in names]
    return lambda values: " ".join([values[spot] for spot in spots if values[spot]])


def _test(level: Level, value: Place, places: Mapping[str, int]) -> _Test:
    if level.swapped is None:
        plain = level_test(level)
        return lambda a, b, x, y: plain(x, y)
    other = places[level.swapped]
    return lambda a, b, x, y: x == b[other] and y == a[other]


def _weight(m: float | None, u: float | None) -> float:
    """log2(m/u); 0 before training."""
    return 0.0 if m is None or u is None else log2(m / u)
