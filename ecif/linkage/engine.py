"""The streaming engine: records come one by one, each joins a party, opens a new one, or raises a question.

A record is compared with the **whole party**, not with single records chained together: its score against a
party is the mean of the best third of its scores against the party's distinct records, so that one odd
record does not tie two parties together. It joins the best party if that reaches the link threshold and
leads the second best by the margin. Two parties that the record both fits are compared as wholes and become
one, or a steward is asked. Whenever a party learns something its neighbours are looked at again, so that the
order in which records arrive matters little.

Candidates come from shared blocking keys. A key that more records share than its block allows is a stop key:
it no longer finds anybody.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import NEVER, CompiledModel, Key

MOST_RECORDS: Final = 12
"""Distinct records of a party that are looked at: more say nothing new."""
THIRD: Final = 3


class Review(NamedTuple):
    """A question for a steward: two records of different parties, and how much speaks for them."""

    record: int
    other: int
    score: float


class Party:
    __slots__ = ("members", "merged_into", "records")

    def __init__(self, record: int) -> None:
        self.members = [record]
        self.records = [record]
        """Distinct ones, at most MOST_RECORDS."""
        self.merged_into: Party | None = None


class Engine:
    """Records are numbered in the order of arrival."""

    def __init__(self, model: CompiledModel) -> None:
        self._model = model
        self._limits = [block.largest for block in model.declared.block]
        self._thresholds = model.declared.thresholds
        self.values: list[Values] = []
        self._party: list[Party] = []
        self._blocks: dict[Key, list[int]] = {}
        self._reviews: dict[tuple[int, int], float] = {}

    # ------------------------------------------------------------ what came of it

    def party_of(self, record: int) -> Party:
        party = self._party[record] = _standing(self._party[record])
        return party

    def parties(self) -> list[list[int]]:
        """The records of each party."""
        return [party.members for party in dict.fromkeys(map(self.party_of, range(len(self.values))))]

    def reviews(self) -> Iterator[Review]:
        """Questions still open: the two have not become one party meanwhile."""
        for (record, other), score in self._reviews.items():
            if self.party_of(record) is not self.party_of(other):
                yield Review(record, other, score)

    # ------------------------------------------------------------ a record arrives

    def add(self, values: Values) -> int:
        """Gives the number of the new record."""
        record = len(self.values)
        self.values.append(values)
        keys = list(self._model.keys(values))
        found = self._candidates(keys)
        scores = [(self._score(record, party), party) for party in found]
        near = [(score, party) for score, party in scores if score >= self._thresholds.review]
        near.sort(key=lambda one: (-one[0], one[1].members[0]))
        self._settle(record, near)
        self._index(record, keys)
        return record

    def _candidates(self, keys: Iterable[Key]) -> list[Party]:
        found: dict[Party, None] = {}
        for key in keys:
            block = self._blocks.get(key, ())
            if len(block) <= self._limits[key.block]:
                for record in block:
                    found[self.party_of(record)] = None
        return list(found)

    def _index(self, record: int, keys: Iterable[Key]) -> None:
        for key in keys:
            block = self._blocks.setdefault(key, [])
            if len(block) <= self._limits[key.block]:
                block.append(record)

    def _score(self, record: int, party: Party) -> float:
        values = self.values[record]
        return best_third([self._pair(values, self.values[other]) for other in party.records])

    def _pair(self, a: Values, b: Values) -> float:
        return self._model.score(a, b, self._thresholds.review)

    def _settle(self, record: int, near: Sequence[tuple[float, Party]]) -> None:
        """Joins the best party, or opens a new one; then the neighbours are looked at again."""
        reaches = bool(near) and near[0][0] >= self._thresholds.link
        if reaches and self._torn(near):
            self._party.append(Party(record))
            self._reviews.update({(record, party.records[0]): score for score, party in near})
            return
        if reaches:
            self._join(record, near[0][1])
        else:
            self._party.append(Party(record))
        self._again(record, [party for _, party in near])

    def _torn(self, near: Sequence[tuple[float, Party]]) -> bool:
        """It fits two parties about as well, and those are not one: nobody can tell whose it is."""
        (best, own), *others = near
        rivals = [party for score, party in others if best - score < self._thresholds.margin]
        return any(self._whole(own, rival) < self._thresholds.review for rival in rivals)

    def _join(self, record: int, party: Party) -> None:
        self._party.append(party)
        party.members.append(record)
        known = any(self.values[other] == self.values[record] for other in party.records)
        if not known and len(party.records) < MOST_RECORDS:
            party.records.append(record)

    def _again(self, record: int, near: Sequence[Party]) -> None:
        """Its party has learned something: is it one with a party that the record is near to?"""
        waiting = deque(near)
        while waiting:
            other, own = _standing(waiting.popleft()), self.party_of(record)
            if other is own:
                continue
            score = self._whole(own, other)
            if score >= self._thresholds.link and not self._bridged(record, own, other):
                self._merge(own, other)
                waiting.extend(near)
            elif score >= self._thresholds.review:
                self._reviews[record, other.records[0]] = score

    def _bridged(self, record: int, own: Party, other: Party) -> bool:
        """Only this record speaks for it, and without it the two parties are strangers."""
        rest = [self._score(one, other) for one in own.records if one != record]
        return bool(rest) and best_third(rest) < self._thresholds.review

    def _whole(self, one: Party, other: Party) -> float:
        """Two parties as wholes: the best third of what the records of the smaller one score."""
        small, large = sorted((one, other), key=lambda party: len(party.records))
        return best_third([self._score(record, large) for record in small.records])

    def _merge(self, one: Party, other: Party) -> None:
        kept, gone = (one, other) if one.members[0] < other.members[0] else (other, one)
        gone.merged_into = kept
        kept.members += gone.members
        kept.records = (kept.records + gone.records)[:MOST_RECORDS]


def _standing(party: Party) -> Party:
    """What became of it: itself, or the party it was merged into."""
    while party.merged_into is not None:
        party = party.merged_into
    return party


def best_third(scores: Sequence[float]) -> float:
    """The mean of the best third; one veto is a veto of the whole."""
    if NEVER in scores:
        return NEVER
    best = sorted(scores, reverse=True)[: -(-len(scores) // THIRD)]
    return sum(best) / len(best)
