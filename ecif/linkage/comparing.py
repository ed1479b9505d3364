"""Comparisons made ready to run: which level two records fall into, and what that weighs.

A record is a tuple of normalised values in the order of the model's attributes; "" is missing, several values
of one attribute are joined by MANY and any two of them may agree. A comparison with a missing value says
nothing (level MISSING, weight 0).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log2
from typing import Final, TypeAlias

from ecif.linkage.declaration import Comparison, Level
from ecif.linkage.levels import Groups, Words, level_test
from ecif.linkage.rarity import PAIR, Rarities

Values: TypeAlias = tuple[str, ...]
Place: TypeAlias = Callable[[Values], str]
Test: TypeAlias = Callable[[Values, Values, str, str], bool]
MANY: Final = "\n"
"""Between several values of one attribute."""
MISSING: Final = -1


class Compared:
    """One comparison of a model. `weights` has one entry a level, the last for none of them."""

    def __init__(
        self, declared: Comparison, places: Mapping[str, int], *, several: bool, groups: Groups
    ) -> None:
        self.declared = declared
        self.label = declared.label
        self.labels = [*(level.label for level in declared.level), "else"]
        self.places = [places[name] for name in declared.on]
        self._places = places
        self.several = several
        self.value = place_of(declared.on, places)
        made = declared.derived
        self.derived = (places[made.of], places[made.unless]) if made else None
        """Places: what its value may be made of, and what the record says itself."""
        self.words, self.groups = Words(), groups
        self.tests = [_test(level, places, self.words, groups) for level in declared.level]
        self.weights = [_weight(level.m, level.u) for level in declared.weighed]
        self.rare = next((i for i, level in enumerate(declared.level) if level.term_frequency), None)
        self.rarities = Rarities()
        """Weights of values, for the level with term frequency."""
        self.rarest = 0.0
        """The most that any value weighs."""
        self._learns_words = any(level.cosine is not None for level in declared.level)
        self._seen: Counter[str] = Counter()
        self.arrange()

    @property
    def least(self) -> float:
        return min(0.0, *self.weights)

    @property
    def most(self) -> float:
        """The most it can say for a match."""
        return max(0.0, *self.weights, self.rarest)

    def learn(self, values: Values) -> None:
        """One more record: how common its value and its words are. `arrange` makes use of it."""
        if (self.rare is None and not self._learns_words) or not (value := self.value(values)):
            return
        for one in value.split(MANY) if self.several else (value,):
            if self.rare is not None:
                self._seen[one] += 1
            if self._learns_words:
                self.words.learn(one)

    def arrange(self) -> None:
        """After learning."""
        self.words.forget_weights()
        if self.rare is None:
            return
        m = self.declared.level[self.rare].m
        self.rarities = Rarities(self._seen, m or 0.0)
        self.rarest = self.rarities.most if self.rarities.known else self.weights[self.rare]

    def shares(self) -> Iterator[tuple[str, float]]:
        """Each value seen, and the share of other records that have it."""
        total = self._seen.total()
        for value in self._seen:
            yield value, self.rarities.strangers(value, PAIR) / total

    def other_place(self, position: int) -> int:
        """Of a level that looks crosswise: where the other attribute stands."""
        swapped = self.declared.level[position].swapped
        assert swapped is not None
        return self._places[swapped]

    def level(self, a: Values, b: Values) -> int:
        """Position of the first level that holds; MISSING where a value is."""
        return self.best(a, b, self.value(a), self.value(b))[0]

    def weight(self, a: Values, b: Values) -> float:
        return self.best(a, b, self.value(a), self.value(b))[1]

    def best(self, a: Values, b: Values, x: str, y: str) -> tuple[int, float]:
        """Level and weight of two values, or of the two that agree best."""
        if not x or not y or (self.derived and self._made_up(a, b, *self.derived)):
            return MISSING, 0.0
        if not self.several:
            return self._one(a, b, x, y)
        found = (self._one(a, b, one, other) for one in x.split(MANY) for other in y.split(MANY))
        return min(found, key=lambda level: (level[0], -level[1]))

    def said(self, values: Values) -> bool:
        """By the record itself."""
        return self.derived is None or bool(values[self.derived[1]])

    @staticmethod
    def _made_up(a: Values, b: Values, of: int, unless: int) -> bool:
        """Of what another comparison finds different already."""
        return bool(a[of] and b[of]) and a[of] != b[of] and not (a[unless] and b[unless])

    def _one(self, a: Values, b: Values, x: str, y: str) -> tuple[int, float]:
        for position, test in enumerate(self.tests):
            if test(a, b, x, y):
                if position == self.rare and self.rarities.known:
                    return position, self.rarities[x]
                return position, self.weights[position]
        return len(self.tests), self.weights[-1]


def place_of(names: Sequence[str], places: Mapping[str, int]) -> Place:
    """Reads one value; a group is its values joined by blanks."""
    if len(names) == 1:
        at = places[names[0]]
        return lambda values: values[at]
    spots = [places[name] for name in names]
    return lambda values: " ".join([values[spot] for spot in spots if values[spot]])


def _test(level: Level, places: Mapping[str, int], known: Words, groups: Groups) -> Test:
    if level.swapped is None:
        plain = level_test(level, known, groups)
        return lambda a, b, x, y: plain(x, y)
    other = places[level.swapped]
    return lambda a, b, x, y: x == b[other] and y == a[other]


def _weight(m: float | None, u: float | None) -> float:
    """log2(m/u); 0 before training."""
    return 0.0 if m is None or u is None else log2(m / u)
