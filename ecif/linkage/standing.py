"""What the scores of single records say about two groups of records as wholes.

A pair's score takes the two records for strangers picked at random. A group is known better:

- Its best pair may be one odd record. So a record scores the mean of the best third of its pairs (up to three
  pairs that is the best one), and a group the mean of its records. Vetoes of pairs take the pair out, vetoes
  of the party the whole party.
- The more records a party has, the more likely the next one is its own: the prior odds grow with its size, as
  in a Chinese restaurant process (Pitman, 2006).
- How common a value is was counted over records. Those that the two groups hold themselves tell nothing
  about strangers: only the others are chance.

Both bonuses together are limited to MOST_BONUS, for they rest on models of how groups grow.
"""

from collections.abc import Sequence
from math import log2
from typing import Final

from ecif.linkage.comparing import Compared, Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.lowered import MOSTLY, NEVER, UNLIKE

THIRD: Final = 3
MOST_BONUS: Final = 6.0
SURE: Final = 12.0
"""So far above the link threshold nobody counts bonuses."""


class Standing:
    """`values` is the list of all records; it may grow."""

    def __init__(self, model: CompiledModel, values: Sequence[Values]) -> None:
        self._values = values
        self._rare = [one for one in model.comparisons if one.rarities]
        self._enough = model.declared.thresholds.link + SURE

    def of(
        self, one: Sequence[int], other: Sequence[int], scores: Sequence[Sequence[float]]
    ) -> float:
        """log2 odds that the members of the two groups are the same. `scores` are of their distinct records:
        a row for each of the smaller group."""
        score = whole(scores)
        if score <= UNLIKE or score >= self._enough:
            return score
        bonus = log2(max(len(one), len(other)))
        for compared in self._rare:
            bonus += self._strangers(compared, one, other)
        return score + min(bonus, MOST_BONUS)

    def _strangers(self, compared: Compared, one: Sequence[int], other: Sequence[int]) -> float:
        """How much rarer the value they share is among all others."""
        own = [compared.value(self._values[record]) for record in one]
        theirs = [compared.value(self._values[record]) for record in other]
        gained = 0.0
        for value in set(own) & set(theirs):
            count = compared.count(value)
            if count > 2:
                rest = max(count - own.count(value) - theirs.count(value), 0)
                gained = max(gained, log2((count - 1) / (rest + 1)))
        return gained


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
