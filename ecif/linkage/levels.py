"""The ways in which two values can agree. Each is a test of two non-empty, normalised values."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import jellyfish
from pypinyin import lazy_pinyin
from rapidfuzz.distance import OSA, JaroWinkler

from ecif.linkage.declaration import Level

Test: TypeAlias = Callable[[str, str], bool]
_KEPT: Final = 65_536


def level_test(level: Level) -> Test:
    """`swapped` is not here: it looks at whole records."""
    (kind,) = level.kinds
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


def _contained(_: Any) -> Test:
    return lambda a, b: a in b or b in a


def _pinyin(_: Any) -> Test:
    return lambda a, b: latin(a) == latin(b)


def _soundex(_: Any) -> Test:
    return lambda a, b: soundex(a) == soundex(b)


def _metaphone(_: Any) -> Test:
    return lambda a, b: metaphone(a) == metaphone(b)


@lru_cache(maxsize=_KEPT)
def latin(text: str) -> str:
    return "".join(lazy_pinyin(text)).lower()


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
    "contained": _contained,
    "year": lambda _: _prefix(4),
    "year_month": lambda _: _prefix(6),
    "pinyin": _pinyin,
    "soundex": _soundex,
    "metaphone": _metaphone,
}
