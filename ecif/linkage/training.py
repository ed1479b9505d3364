"""Weights without labels: u from random pairs, m by expectation maximisation, the prior from both.

Fellegi–Sunter by EM as Winkler (1988) describes it, in the way that Splink (Linacre et al. 2022) made usual:
pairs are drawn once for each blocking key; the comparisons whose attributes that key fixes say nothing about
its pairs and are left out there; what each comparison learns in the sessions that can see it is averaged.
Everything is counted by patterns of levels, so a round costs the same for a thousand pairs or a million.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeAlias

from ecif.linkage.comparing import MISSING, Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import Comparison, MatchModel
from ecif.linkage.keys import Key

RANDOM_PAIRS: Final = 200_000
SESSION_PAIRS: Final = 100_000
ROUNDS: Final = 100
CLOSE: Final = 1e-5
FLOOR: Final = 1e-6
"""m and u are never 0: no evidence is proof."""
LEAST_SEEN: Final = 2
"""One comparison alone cannot tell two kinds of pairs apart."""
START_M: Final = 0.9
"""A match shows the first level in so many cases, before anything is known."""

Pattern: TypeAlias = tuple[int, ...]
Shares: TypeAlias = list[float]
Progress: TypeAlias = Callable[[str], None]


class TooFew(Exception):
    """The records do not hold what training needs; the text says what is missing."""


def train(
    declared: MatchModel, records: Sequence[Values], *, seed: int = 1, progress: Progress = lambda text: None
) -> MatchModel:
    """The model with m, u and prior in place of whatever it had. Raises TooFew."""
    if len(records) < 2:
        raise TooFew("training needs at least two records")
    model, chance = CompiledModel(declared), random.Random(seed)
    model.learn(records)
    progress("random pairs")
    u = _shares_of_chance(model, records, chance)
    blocks = _blocks(model, records)
    learned: list[list[tuple[Shares, float]]] = [[] for _ in model.comparisons]
    for number, block in enumerate(declared.block):
        progress(f"pairs that share {', '.join(block.on)}")
        fixed = declared.columns_of(block.attributes)
        seen = [
            i for i, one in enumerate(declared.comparison) if not declared.columns_of(one.attributes) & fixed
        ]
        patterns = _patterns(model, records, _pairs(blocks[number], block.largest, chance), seen)
        if not patterns or len(seen) < LEAST_SEEN:
            continue
        shares, matches = _expectation_maximisation(patterns, [u[i] for i in seen])
        for i, share in zip(seen, shares, strict=True):
            learned[i].append((share, matches))
    known = [_average(found) for found in learned]
    if None in known:
        progress("what no key leaves open")
        shared = _candidates(declared, blocks, chance)
        if not shared:
            raise TooFew("no two records share a blocking key: add a [[block]]")
        patterns = _patterns(model, records, iter(shared), range(len(u)))
        m = _mixture(patterns, known, [len(shares) for shares in u])
    else:
        m = [share for share in known if share is not None]
    trained = _with_shares(declared, m, u)
    progress("prior")
    return trained.model_copy(update={"prior": _prior(trained, records, blocks)})


# ---------------------------------------------------------------- pairs


def _blocks(model: CompiledModel, records: Sequence[Values]) -> Mapping[int, list[list[int]]]:
    """Blocking key → its groups of records, those of one record left out."""
    groups: defaultdict[Key, list[int]] = defaultdict(list)
    for number, values in enumerate(records):
        for key in model.keys(values):
            groups[key].append(number)
    found: defaultdict[int, list[list[int]]] = defaultdict(list)
    for key, members in groups.items():
        if len(members) > 1:
            found[key[0]].append(members)
    return found


def _pairs(groups: list[list[int]], largest: int, chance: random.Random) -> Iterator[tuple[int, int]]:
    """At most SESSION_PAIRS, groups in random order."""
    left = SESSION_PAIRS
    for group in chance.sample(groups, len(groups)):
        if len(group) > largest:
            continue
        for pair in combinations(group, 2):
            yield pair
            left -= 1
            if not left:
                return


def _patterns(
    model: CompiledModel, records: Sequence[Values], pairs: Iterator[tuple[int, int]], seen: Sequence[int]
) -> Counter[Pattern]:
    levels = [model.comparisons[i].level for i in seen]
    return Counter(tuple([level(records[a], records[b]) for level in levels]) for a, b in pairs)


def _shares_of_chance(model: CompiledModel, records: Sequence[Values], chance: random.Random) -> list[Shares]:
    """u: how often two records picked at random, of those that have the value, fall into each level."""
    shares = []
    for one in model.comparisons:
        filled = [values for values in records if one.value(values)]
        size = len(filled)
        picks = min(RANDOM_PAIRS, size * (size - 1) // 2)
        pairs = [(chance.randrange(size), chance.randrange(size - 1)) for _ in range(picks)]
        counts = Counter(one.level(filled[a], filled[b if b < a else b + 1]) for a, b in pairs)
        shares.append(_smoothed([counts[level] for level in range(len(one.labels))]))
    return shares


def _smoothed(counts: Sequence[float]) -> Shares:
    """Half an observation more for each level: none is impossible."""
    total = sum(counts) + 0.5 * len(counts)
    return [(count + 0.5) / total for count in counts]


def _candidates(
    declared: MatchModel, blocks: Mapping[int, list[list[int]]], chance: random.Random
) -> set[tuple[int, int]]:
    """Pairs that share any key."""
    return {
        pair
        for number, block in enumerate(declared.block)
        for pair in _pairs(blocks[number], block.largest, chance)
    }


# ---------------------------------------------------------------- EM


def _expectation_maximisation(patterns: Counter[Pattern], u: Sequence[Shares]) -> tuple[list[Shares], float]:
    """m of each comparison, and how many of the pairs are matches. u stays as chance gave it."""
    m = [_start(len(shares)) for shares in u]
    pairs, rate = patterns.total(), 0.1
    for _ in range(ROUNDS):
        odds = {pattern: count * _posterior(pattern, rate, m, u) for pattern, count in patterns.items()}
        matches = sum(odds.values())
        after = [_expected(odds, at, len(shares)) for at, shares in enumerate(u)]
        moved = max(
            abs(x - y) for old, new in zip(m, after, strict=True) for x, y in zip(old, new, strict=True)
        )
        m, rate = after, min(max(matches / pairs, FLOOR), 1 - FLOOR)
        if moved < CLOSE:
            break
    return m, rate * pairs


def _mixture(
    patterns: Counter[Pattern], known: Sequence[Shares | None], levels: Sequence[int]
) -> list[Shares]:
    """m of what no session could see, from all pairs that share any key: a mixture of matches and others, in
    which what is known of matches stands, and the others are as these pairs show them, not as chance does
    (pairs that share a word share more than chance)."""
    m = [share or _start(size) for share, size in zip(known, levels, strict=True)]
    everything = {pattern: float(count) for pattern, count in patterns.items()}
    others = [_expected(everything, at, size) for at, size in enumerate(levels)]
    rate = 0.2
    for _ in range(ROUNDS):
        odds = {pattern: count * _posterior(pattern, rate, m, others) for pattern, count in patterns.items()}
        rest = {pattern: count - odds[pattern] for pattern, count in patterns.items()}
        after = [share or _expected(odds, at, levels[at]) for at, share in enumerate(known)]
        others = [_expected(rest, at, size) for at, size in enumerate(levels)]
        moved = max(
            abs(x - y) for old, new in zip(m, after, strict=True) for x, y in zip(old, new, strict=True)
        )
        m, rate = after, min(max(sum(odds.values()) / patterns.total(), FLOOR), 1 - FLOOR)
        if moved < CLOSE:
            break
    return m


def _start(levels: int) -> Shares:
    """The first level most of the time, the others ever less."""
    shares = [START_M * 0.1**level for level in range(levels - 1)]
    return [*shares, 1 - sum(shares)] if levels > 1 else [1.0]


def _posterior(pattern: Pattern, rate: float, m: Sequence[Shares], u: Sequence[Shares]) -> float:
    match, chance = rate, 1 - rate
    for at, level in enumerate(pattern):
        if level != MISSING:
            match *= m[at][level]
            chance *= u[at][level]
    return match / (match + chance)


def _expected(odds: Mapping[Pattern, float], at: int, levels: int) -> Shares:
    counts = [0.0] * levels
    for pattern, expected in odds.items():
        if pattern[at] != MISSING:
            counts[pattern[at]] += expected
    return _smoothed(counts)


def _average(found: Sequence[tuple[Shares, float]]) -> Shares | None:
    """Over the sessions, each as heavy as the matches that it saw."""
    total = sum(matches for _, matches in found)
    if not total:
        return None
    return [sum(share[i] * matches for share, matches in found) / total for i in range(len(found[0][0]))]


# ---------------------------------------------------------------- the model


def _with_shares(declared: MatchModel, m: Sequence[Shares], u: Sequence[Shares]) -> MatchModel:
    comparisons = tuple(
        _with_weights(one, *shares) for one, *shares in zip(declared.comparison, m, u, strict=True)
    )
    return declared.model_copy(update={"comparison": comparisons})


def _with_weights(one: Comparison, m: Shares, u: Shares) -> Comparison:
    *levels, otherwise = [
        level.model_copy(update={"m": _share(a), "u": _share(b)})
        for level, a, b in zip(one.weighed, m, u, strict=True)
    ]
    return one.model_copy(update={"level": tuple(levels), "otherwise": otherwise})


def _share(value: float) -> float:
    return float(f"{min(max(value, FLOOR), 1 - FLOOR):.6g}")


def _prior(declared: MatchModel, records: Sequence[Values], blocks: Mapping[int, list[list[int]]]) -> float:
    """Matches that the blocking keys find, of all pairs: EM for this one figure, the weights as they are."""
    model = CompiledModel(declared)
    model.learn(records)
    pairs = _candidates(declared, blocks, random.Random(1))
    every = list(range(len(model.comparisons)))
    patterns = _patterns(model, records, iter(pairs), every)
    m = [[level.m or FLOOR for level in c.weighed] for c in declared.comparison]
    u = [[level.u or FLOOR for level in c.weighed] for c in declared.comparison]
    everybody = len(records) * (len(records) - 1) / 2
    prior = 1 / len(records)
    for _ in range(ROUNDS):
        matches = sum(count * _posterior(p, prior, m, u) for p, count in patterns.items())
        before, prior = prior, min(max(matches / everybody, FLOOR / len(records)), 0.5)
        if abs(prior - before) <= CLOSE * before:
            break
    return float(f"{prior:.6g}")
