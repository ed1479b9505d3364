"""How common a value is among strangers, for levels with term frequency.

What the records that hold it count says little of a value that only two of them hold: it may be the only one
of its kind, or one that chance makes every day. Its **parts** tell: a full name is about as common as its
first word, and each word after the one before it, make it (a chain of Markov's, counted over all values; for
Chinese each character is a part). So of strangers who hold a value are expected those counted, and as many as
its parts foretell: at most ONE, and at least LEAST, for no chain of words is proof. A value of one word has
no parts and counts as ONE.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import log2
from typing import Final

from ecif.linkage.levels import words

FEW: Final = 100
"""Of so many values nobody can tell how common one is."""
PAIR: Final = 2
"""Records that hold a value and are no strangers, where two are compared."""
ONE: Final = 1.0
LEAST: Final = 1 / 16


class Rarities(dict[str, float]):
    """Value → weight of two records that agree in it: log2 of m over its share among strangers. Worked out
    when it is first asked for."""

    def __init__(self, seen: Mapping[str, int] | None = None, m: float = 0.0) -> None:
        super().__init__()
        self._seen, self._m = seen or {}, m
        self._total = sum(self._seen.values())
        self.known = m > 0 and self._total >= FEW
        self._parts: Counter[str] = Counter()
        self._chains: Counter[tuple[str, str]] = Counter()
        self._expected: dict[str, float] = {}

    @property
    def most(self) -> float:
        return log2(self._m * self._total / LEAST)

    def __missing__(self, value: str) -> float:
        found = self[value] = log2(self._m * self._total / self.strangers(value, PAIR))
        return found

    def strangers(self, value: str, held: int) -> float:
        """Of others, how many hold it, when so many records are none."""
        return max(self._seen.get(value, 0) - held, 0) + self.expected(value)

    def expected(self, value: str) -> float:
        """As many as its parts foretell."""
        found = self._expected.get(value)
        if found is None:
            found = self._expected[value] = min(max(self._foretold(value), LEAST), ONE)
        return found

    def _foretold(self, value: str) -> float:
        parts = words(value)
        if len(parts) < 2:
            return ONE
        if not self._parts:
            self._count()
        found = float(self._total)
        for pair in pairwise(("", *parts, "")):
            found *= self._chains[pair] / max(self._parts[pair[0]], 1)
        return found

    def _count(self) -> None:
        """Every part, and every part after another one; "" stands at both ends."""
        for value, count in self._seen.items():
            parts = ("", *words(value), "")
            for before in parts[:-1]:
                self._parts[before] += count
            for pair in pairwise(parts):
                self._chains[pair] += count
