"""The ways in which two values can agree. Each is a test of two non-empty, normalised values."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import log, sqrt
from typing import Any, Final, TypeAlias

import jellyfish
from rapidfuzz.distance import OSA, JaroWinkler

from ecif.linkage.characters import alike, same_but_lost, sound
from ecif.linkage.declaration import Level

Test: TypeAlias = Callable[[str, str], bool]
Groups: TypeAlias = Mapping[str, Sequence[Sequence[str]]]
_KEPT: Final = 65_536
LONG_WORD: Final = 5
"""Shorter words are often one letter apart and not the same."""
PROMISING: Final = 0.2
"""With less in common it is not worth looking for slips of the pen."""
_WORDS: Final = re.compile(r"[\u2e80-\u9fff]|[^\W_\u2e80-\u9fff]+")
"""A word of an alphabet, or one Chinese character."""


class Words:
    """How rare words are, of all values of one comparison; what two values have in common by that measure."""

    def __init__(self) -> None:
        self.values = 0
        self._seen: Counter[str] = Counter()
        self._known: dict[str, dict[str, float]] = {}
        """Weights of values looked at; a plain dict, for Spark sends this to its workers."""

    def learn(self, text: str) -> None:
        self.values += 1
        self._seen.update(set(words(text)))

    def forget_weights(self) -> None:
        """After learning."""
        self._known.clear()

    def cosine(self, a: str, b: str) -> float:
        one, other = self._weighed(a), self._weighed(b)
        if len(one) > len(other):
            one, other = other, one
        found, alone = 0.0, []
        for word, weight in one.items():
            if word in other:
                found += weight * other[word]
            elif len(word) >= LONG_WORD:
                alone.append(word)
        if alone and found >= PROMISING:
            rest = [word for word in other if len(word) >= LONG_WORD and word not in one]
            found += sum(_misspelt(word, one[word], rest, other) for word in alone)
        return min(found, 1.0)

    def _weighed(self, text: str) -> dict[str, float]:
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[text] = self._weigh(text)
        return found

    def _weigh(self, text: str) -> dict[str, float]:
        weights = {
            word: (1 + log(count)) * log(1 + (self.values + 1) / max(self._seen[word], 1))
            for word, count in Counter(words(text)).items()
        }
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}


def _misspelt(word: str, weight: float, rest: Sequence[str], other: Mapping[str, float]) -> float:
    """What a word adds that stands in the other value with one slip. Neither spelling is rarer than the
    commoner one: a slip is always rare."""
    for candidate in rest:
        if OSA.distance(word, candidate, score_cutoff=1) <= 1 and not word.isdigit():
            least = min(weight, other[candidate])
            return least * least
    return 0.0


def words(text: str) -> list[str]:
    return _WORDS.findall(text)


def level_test(level: Level, known: Words, groups: Groups) -> Test:
    """`swapped` is not here: it looks at whole records."""
    (kind,) = level.kinds
    if level.cosine is not None:
        return _cosine(level.cosine, known)
    if level.group is not None:
        return _group(groups[level.group])
    return _TESTS[kind](getattr(level, kind))


def _exact(_: Any) -> Test:
    return lambda a, b: a == b


def _jaro_winkler(least: float) -> Test:
    similarity = JaroWinkler.similarity
    return lambda a, b: similarity(a, b, score_cutoff=least) >= least


def _edit(most: int) -> Test:
    distance = OSA.distance
    return lambda a, b: distance(a, b, score_cutoff=most) <= most


def _prefix(size: int) -> Test:
    return lambda a, b: len(a) >= size and a[:size] == b[:size]


def _tokens(least: float) -> Test:
    def test(a: str, b: str) -> bool:
        one, other = set(a.split()), set(b.split())
        return len(one & other) >= least * min(len(one), len(other))

    return test


def _cosine(least: float, known: Words) -> Test:
    return lambda a, b: known.cosine(a, b) >= least


def _dice(least: float) -> Test:
    return lambda a, b: dice(a, b) >= least


def dice(a: str, b: str) -> float:
    """Share of the pairs of neighbouring letters that both have."""
    one, other = _bigrams(a), _bigrams(b)
    return 2 * len(one & other) / (len(one) + len(other))


@lru_cache(maxsize=_KEPT)
def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(max(len(text) - 1, 1)))


def _initials(_: Any) -> Test:
    def test(a: str, b: str) -> bool:
        one, other = a.split(), b.split()
        return len(one) == len(other) and all(
            x.startswith(y) or y.startswith(x) for x, y in zip(one, other, strict=True)
        )

    return test


def _group(lines: Sequence[Sequence[str]]) -> Test:
    """A value may stand in several lines."""
    stands: dict[str, set[int]] = {}
    for number, line in enumerate(lines):
        for value in line:
            stands.setdefault(value, set()).add(number)
    nowhere: set[int] = set()
    return lambda a, b: not stands.get(a, nowhere).isdisjoint(stands.get(b, nowhere))


def _contained(_: Any) -> Test:
    return lambda a, b: a in b or b in a


def _within(most: float) -> Test:
    def test(a: str, b: str) -> bool:
        x, y = as_number(a), as_number(b)
        return x is not None and y is not None and abs(x - y) <= most + 1e-9

    return test


def _percent(most: float) -> Test:
    def test(a: str, b: str) -> bool:
        x, y = as_number(a), as_number(b)
        return x is not None and y is not None and abs(x - y) <= max(abs(x), abs(y)) * most / 100 + 1e-9

    return test


@lru_cache(maxsize=_KEPT)
def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _days(most: int) -> Test:
    def test(a: str, b: str) -> bool:
        x, y = _ordinal(a), _ordinal(b)
        return x is not None and y is not None and abs(x - y) <= most

    return test


@lru_cache(maxsize=_KEPT)
def _ordinal(text: str) -> int | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return None


def _pinyin(_: Any) -> Test:
    return lambda a, b: latin(a) == latin(b)


def _soundex(_: Any) -> Test:
    return lambda a, b: soundex(a) == soundex(b)


def _metaphone(_: Any) -> Test:
    return lambda a, b: metaphone(a) == metaphone(b)


@lru_cache(maxsize=_KEPT)
def latin(text: str) -> str:
    return sound(text).lower().replace(" ", "")


@lru_cache(maxsize=_KEPT)
def soundex(text: str) -> str:
    return jellyfish.soundex(text)


@lru_cache(maxsize=_KEPT)
def metaphone(text: str) -> str:
    return jellyfish.metaphone(text)


_TESTS: Final[dict[str, Callable[[Any], Test]]] = {
    "exact": _exact,
    "jaro_winkler": _jaro_winkler,
    "edit": _edit,
    "prefix": _prefix,
    "tokens": _tokens,
    "dice": _dice,
    "initials": _initials,
    "lost": lambda _: same_but_lost,
    "look_alike": lambda _: alike,
    "contained": _contained,
    "within": _within,
    "percent": _percent,
    "days": _days,
    "year": lambda _: _prefix(4),
    "year_month": lambda _: _prefix(6),
    "pinyin": _pinyin,
    "soundex": _soundex,
    "metaphone": _metaphone,
}
