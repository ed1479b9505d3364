"""What the scores of single records say about two groups of records as wholes.

A pair's score takes the two records for strangers picked at random. A group is known better:

- Its best pair may be one odd record. So a record scores the mean of the best third of its pairs (up to three
  pairs that is the best one), and a group the mean of its records. Vetoes of pairs take the pair out, vetoes
  of the party the whole party.
- What one of its records lacks another one has. The **profile** of two groups takes each comparison where
  their records come closest, be it in favour or against: an old phone of one and a birth date of another both
  count. Where a group has several values, chance has as many tries.
- The more records a party has, the more likely the next one is its own: the prior odds grow with its size, as
  in a Chinese restaurant process (Pitman, 2006).
- How common a value is was counted over records. Those that the two groups hold themselves tell nothing
  about strangers: only the others are chance.

The last three rest on models of how groups grow, so together they add at most MOST_BONUS to what the pairs
say. They may take away any amount.
"""

from collections.abc import Sequence
from math import log2
from typing import Final

from ecif.linkage.comparing import MISSING, Compared, Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.lowered import MOSTLY, NEVER, UNLIKE
from ecif.linkage.rarity import PAIR

THIRD: Final = 3
MOST_BONUS: Final = 4.0
AGAINST: Final = -4.0
"""16 to 1."""
SURE: Final = 12.0
"""So far above the link threshold nobody counts bonuses."""


class Standing:
    """`values` is the list of all records; it may grow."""

    def __init__(self, model: CompiledModel, values: Sequence[Values]) -> None:
        self._values = values
        self._comparisons, self._prior = model.comparisons, model.prior
        declared = model.declared
        spared = {name for veto in declared.veto if veto.spares_alone for name in veto.differ}
        columns = declared.columns_of(spared)
        self._unspared = [
            one for one in model.comparisons if not declared.columns_of(one.declared.attributes) & columns
        ]
        self._rare = [one for one in model.comparisons if one.rarities.known]
        self._enough = model.declared.thresholds.link + SURE

    def of(self, one: Sequence[int], other: Sequence[int], scores: Sequence[Sequence[float]]) -> float:
        """log2 odds that the members of the two groups are the same. `scores` are of their distinct records:
        a row for each of the smaller group."""
        score = whole(scores)
        if score <= UNLIKE or score >= self._enough:
            return score
        return score + min(self._bonus(one, other), MOST_BONUS)

    def profile(self, one: Sequence[int], other: Sequence[int], scores: Sequence[Sequence[float]]) -> float:
        """The same, with what the records of each group know of one another."""
        score = whole(scores)
        if score <= UNLIKE:
            return score
        bonus = self._bonus(one, other)
        if len(scores) == 1 and len(scores[0]) == 1:
            return score + min(bonus, MOST_BONUS)
        ours = list(dict.fromkeys(self._values[record] for record in one))
        theirs = list(dict.fromkeys(self._values[record] for record in other))
        found = self._prior + sum(closest(compared, ours, theirs) for compared in self._comparisons)
        return min(found + bonus, score + MOST_BONUS)

    def _bonus(self, one: Sequence[int], other: Sequence[int]) -> float:
        bonus = log2(max(len(one), len(other)))
        for compared in self._rare:
            bonus += self._strangers(compared, one, other)
        return bonus

    def _strangers(self, compared: Compared, one: Sequence[int], other: Sequence[int]) -> float:
        """How much rarer the value they share is among all others."""
        own = [compared.value(self._values[record]) for record in one]
        theirs = [compared.value(self._values[record]) for record in other]
        gained = 0.0
        for value in set(own) & set(theirs):
            held = own.count(value) + theirs.count(value)
            if held > PAIR:
                strangers = compared.rarities.strangers
                gained = max(gained, log2(strangers(value, PAIR) / strangers(value, held)))
        return gained

    def against(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """Whether any comparison speaks clearly against the two groups, but for what a veto spares."""
        ours, theirs = [self._values[at] for at in one], [self._values[at] for at in other]
        return any(closest(compared, ours, theirs) <= AGAINST for compared in self._unspared)


def closest(compared: Compared, ours: Sequence[Values], theirs: Sequence[Values]) -> float:
    """The weight where two groups come closest; 0 where one has no value. Chance had as many tries as there
    are pairs of values."""
    own, others = _by_value(compared, ours), _by_value(compared, theirs)
    found = [compared.best(a, b, x, y) for x, a in own.items() for y, b in others.items()]
    told = [one for one in found if one[0] != MISSING]
    if not told:
        return 0.0
    level, weight = min(told, key=lambda one: (one[0], -one[1]))
    return weight - log2(len(own) * len(others)) if weight > 0 and level < len(compared.tests) else weight


def _by_value(compared: Compared, records: Sequence[Values]) -> dict[str, Values]:
    """Each value with a record that has it, one that says it itself before others."""
    found: dict[str, Values] = {}
    for values in records:
        value = compared.value(values)
        if value and (value not in found or compared.said(values)):
            found[value] = values
    return found


def whole(rows: Sequence[Sequence[float]]) -> float:
    """Of all pairs of two groups. One veto of the party is a veto of the whole, so is one that most pairs
    fall under; a veto of the pair takes that pair out."""
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    pairs = vetoed = 0
    for row in rows:
        pairs += len(row)
        vetoed += row.count(MOSTLY)
        if NEVER in row:
            return NEVER
    if 2 * vetoed >= pairs:
        return MOSTLY
    scores = [best_third(rest) for row in rows if (rest := [score for score in row if score > UNLIKE])]
    return sum(scores) / len(scores) if scores else UNLIKE


def best_third(scores: Sequence[float]) -> float:
    """The mean of the best third."""
    best = sorted(scores, reverse=True)[: -(-len(scores) // THIRD)]
    return sum(best) / len(best)
