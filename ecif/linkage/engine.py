"""The streaming engine: records come one by one, each joins a party, opens a new one, or raises a question.

A record is compared with the **whole party**, not with single records chained together (`standing.py` says
how its scores become one). It joins the best party if that reaches the link threshold and leads the second
best by the margin. Two parties that the record both fits are compared as wholes and become one, or a steward
is asked. Whenever a party learns something its neighbours are looked at again, so that the order in which
records arrive matters little. Where all records are there, as in a run over files, `settle` looks once more
at every group in which not all agree (`settling.py`); then the order hardly matters at all.

Candidates come from shared blocking keys. A key that more records share than its block allows is a stop key:
it no longer finds anybody.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.keys import Key
from ecif.linkage.lowered import SPARED
from ecif.linkage.standing import MOST_BONUS, Standing, whole

MOST_RECORDS: Final = 12
"""Distinct records of a party that are looked at: more say nothing new."""


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
    """Records are numbered in the order of arrival. The model has learned how common values are."""

    def __init__(self, model: CompiledModel) -> None:
        self._keys, self._pair, self._alone = model.keys, model.scorer, model.scorer_alone
        self._limits = [block.largest for block in model.declared.block]
        self._thresholds = model.declared.thresholds
        self.floor = self._thresholds.review
        self.values: list[Values] = []
        self.near: dict[int, list[tuple[int, float]]] = {}
        """Of a record: the earlier ones that something speaks for, and how much."""
        self.standing = Standing(model, self.values)
        self._party: list[Party] = []
        self._blocks: dict[Key, int | list[int]] = {}
        """Most keys have one record only."""
        self._reviews: dict[tuple[int, int], float] = {}

    # ------------------------------------------------------------ what came of it

    def party_of(self, record: int) -> Party:
        party = self._party[record]
        if party.merged_into is not None:
            party = self._party[record] = _standing(party)
        return party

    def parties(self) -> list[list[int]]:
        """The records of each party."""
        return [party.members for party in dict.fromkeys(map(self.party_of, range(len(self.values))))]

    def reviews(self) -> Iterator[Review]:
        """Questions still open: the two have not become one party meanwhile."""
        for (record, other), score in self._reviews.items():
            if self.party_of(record) is not self.party_of(other):
                yield Review(record, other, score)

    def replace(self, parties: Iterable[Sequence[int]]) -> None:
        """Their records make up these parties now; questions between them are closed."""
        gone: set[int] = set()
        for members in parties:
            party = Party(members[0])
            party.members = list(members)
            gone.update(members)
            for member in members:
                self._party[member] = party
        self._reviews = {
            pair: score for pair, score in self._reviews.items() if pair[0] not in gone or pair[1] not in gone
        }

    def take(self, records: Sequence[Values], edges: Iterable[tuple[int, int, float]]) -> None:
        """Records with the pairs that another engine found: later one, earlier one, score. Each stays alone
        until `settle` looks at them, but for groups too large for that: those are joined by their links."""
        self.values += records
        self._party += [Party(at) for at in range(len(records))]
        for record, other, score in edges:
            self.near.setdefault(record, []).append((other, score))
            if score >= self._thresholds.link:
                own, party = self.party_of(record), self.party_of(other)
                if own is not party:
                    self._merge(own, party)

    def ask(self, record: int, other: int, score: float) -> None:
        self._reviews[record, other] = score

    # ------------------------------------------------------------ a record arrives

    def add(self, values: Values) -> int:
        """Gives the number of the new record."""
        record = len(self.values)
        self.values.append(values)
        near = self._neighbours(record, self._met(record, self._keys(values)))
        if near:
            self._settle(record, near)
        else:
            self._party.append(Party(record))
        return record

    def _met(self, record: int, keys: Iterable[Key]) -> Iterable[Party]:
        """Parties that share a key, in the order of their records; and the record is filed under its keys."""
        blocks, limits = self._blocks, self._limits
        seen: set[int] = set()
        for key in keys:
            block = blocks.get(key)
            if block is None:
                blocks[key] = record
            elif isinstance(block, int):
                seen.add(block)
                blocks[key] = [block, record]
            elif len(block) <= limits[key[0]]:
                seen.update(block)
                block.append(record)
        return dict.fromkeys(map(self.party_of, sorted(seen))) if seen else ()

    def _neighbours(self, record: int, found: Iterable[Party]) -> list[tuple[float, Party]]:
        """Parties for which something speaks, the best first."""
        near: list[tuple[float, Party]] = []
        edges: list[tuple[int, float]] = []
        values, all_values, pair, floor = self.values[record], self.values, self._pair, self.floor
        for party in found:
            scores = [pair(values, all_values[other], floor) for other in party.records]
            best = max(scores)
            if best < floor:
                if SPARED in scores:
                    edges += self._spared(values, party, scores)
                continue
            edges += [pair for pair in zip(party.records, scores, strict=True) if pair[1] >= floor]
            total = self.standing.of((record,), party.members, (scores,))
            if total >= self._thresholds.review:
                near.append((total, party))
        if edges:
            self.near[record] = edges
        if len(near) > 1:
            near.sort(key=lambda one: (-one[0], one[1].members[0]))
        return near

    def _spared(self, values: Values, party: Party, scores: Sequence[float]) -> list[tuple[int, float]]:
        """What would speak for the party if the record found no other."""
        spared = [o for o, score in zip(party.records, scores, strict=True) if score == SPARED]
        least = self._thresholds.alone - MOST_BONUS
        return [(o, score) for o in spared if (score := self._alone(values, self.values[o], least)) >= least]

    def _score(self, record: int, party: Party) -> float:
        values = self.values[record]
        return whole([[self._pair(values, self.values[other], self.floor) for other in party.records]])

    def _settle(self, record: int, near: Sequence[tuple[float, Party]]) -> None:
        """Joins the best party, or opens a new one; then the neighbours are looked at again."""
        reaches = near[0][0] >= self._thresholds.link
        if reaches and len(near) > 1 and self._torn(near):
            self._party.append(Party(record))
            self._reviews.update({(record, party.records[0]): score for score, party in near})
            return
        if reaches:
            self._join(record, near[0][1])
            if len(near) == 1:
                return
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
        values = self.values[record]
        if len(party.records) < MOST_RECORDS and all(self.values[o] != values for o in party.records):
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
        return bool(rest) and max(rest) < self._thresholds.review

    def _whole(self, one: Party, other: Party) -> float:
        """Two parties as wholes: what all their pairs say."""
        small, large = sorted((one, other), key=lambda party: len(party.records))
        scores = [
            [self._pair(self.values[record], self.values[other], self.floor) for other in large.records]
            for record in small.records
        ]
        return self.standing.of(small.members, large.members, scores)

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
