"""Groups in which not all agree, put together once more when every record is there.

While records arrive, each decision is made with what is known by then. Afterwards every group of records
that something ties together (`Engine.near`) is either clean, one party whose records all speak for each
other, or it is taken apart and put together again, the surest first: agglomerative clustering with the group
score of `standing.py` as linkage. A record torn between two groups that are not one stays alone, and is a
question; a record that only a veto keeps alone gets its last chance in the end.
The result depends on the records, not on the order in which they came.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.engine import Engine
from ecif.linkage.lowered import NEVER, SPARED, UNLIKE

MOST_NODES: Final = 300
"""A larger tangle is left as the stream made it: its cost grows with the square."""


def settle(engine: Engine, model: CompiledModel) -> int:
    """Gives how many groups were looked at again."""
    tangles = [
        _Tangle(engine, model, members)
        for members in _groups(engine.near)
        if not _clean(engine, model, members)
    ]
    looked_at = [tangle for tangle in tangles if tangle.resolve()]
    engine.replace(party for tangle in looked_at for party in tangle.parties())
    for tangle in looked_at:
        for record, other, score in tangle.questions():
            engine.ask(record, other, score)
    return len(looked_at)


def _groups(near: Mapping[int, Sequence[tuple[int, float]]]) -> list[list[int]]:
    """Records that something ties together, directly or through others."""
    leader: dict[int, int] = {}

    def find(record: int) -> int:
        while (above := leader.setdefault(record, record)) != record:
            leader[record] = record = leader[above]
        return record

    for record, edges in near.items():
        for other, _ in edges:
            one, two = find(record), find(other)
            if one != two:
                leader[max(one, two)] = min(one, two)
    groups: dict[int, list[int]] = {}
    for record in leader:
        groups.setdefault(find(record), []).append(record)
    return list(groups.values())


def _clean(engine: Engine, model: CompiledModel, members: Sequence[int]) -> bool:
    """One party, and all pairs that were looked at speak for it clearly."""
    party = engine.party_of(members[0])
    if any(engine.party_of(member) is not party for member in members):
        return False
    link = model.declared.thresholds.link
    within = set(party.records)
    edges = [edge for record in party.records for edge in engine.near.get(record, ())]
    clear = sum(1 for other, score in edges if other in within and score >= link)
    return clear == len(party.records) * (len(party.records) - 1) // 2


class _Tangle:
    def __init__(self, engine: Engine, model: CompiledModel, members: Sequence[int]) -> None:
        self._engine, self._model, self._thresholds = engine, model, model.declared.thresholds
        self._members = members
        same: dict[Values, list[int]] = {}
        for record in sorted(members, key=lambda record: engine.values[record]):
            same.setdefault(engine.values[record], []).append(record)
        nodes = list(same)
        self._groups: dict[int, list[int]] = dict(enumerate(same.values()))
        """Living groups: their members."""
        self._nodes = {at: [at] for at in self._groups}
        """And their distinct records."""
        about = [model.places[name] for name in model.declared.vetoed_in_pairs]
        self._silent = {
            at for at, one in enumerate(nodes) if about and not any(one[place] for place in about)
        }
        """Nodes that have nothing of what the vetoes of pairs are about."""
        self._pairs: list[list[float]] = [[NEVER] * len(nodes) for _ in nodes]
        if len(nodes) <= MOST_NODES:
            for at, one in enumerate(nodes):
                for to in range(at):
                    self._pairs[at][to] = self._pairs[to][at] = model.score(one, nodes[to])

    def resolve(self) -> bool:
        """Whether it could be: it was not too large."""
        if len(self._groups) > MOST_NODES:
            return False
        self._total = {(a, b): self._together(a, b) for a in self._groups for b in range(a)}
        held: set[tuple[int, int]] = set()
        while pair := self._surest(held):
            if self._torn(*pair):
                held.add(pair)
            else:
                self._merge(*pair)
        self._last_chance()
        return True

    def parties(self) -> Iterator[list[int]]:
        yield from self._groups.values()

    def questions(self) -> Iterator[tuple[int, int, float]]:
        for (a, b), score in self._total.items():
            if score >= self._thresholds.review:
                yield self._groups[a][0], self._groups[b][0], score

    def _last_chance(self) -> None:
        """Records still alone, where a veto spares such: the surest first."""
        if not any(veto.spares_alone for veto in self._model.declared.veto):
            return
        for at in [at for at, nodes in self._nodes.items() if len(nodes) == 1]:
            found = [
                (self._alone(at, other), other)
                for other in self._groups
                if other != at
                and any(SPARED in row for row in self._scores(at, other))
                and not self._engine.standing.against(self._groups[at], self._groups[other])
            ]
            best, *others = sorted(found, reverse=True) or [(NEVER, at)]
            if best[0] >= self._thresholds.alone and not any(
                best[0] - score < self._thresholds.margin for score, _ in others
            ):
                self._merge(best[1], at)

    def _alone(self, at: int, other: int) -> float:
        """What the two score but for the vetoes that spare a record alone."""
        values = self._engine.values
        one = values[self._groups[at][0]]
        theirs = dict.fromkeys(values[member] for member in self._groups[other])
        scores = [self._model.scorer_alone(one, each, NEVER) for each in theirs]
        return self._engine.standing.of(self._groups[at], self._groups[other], [scores])

    def _surest(self, held: set[tuple[int, int]]) -> tuple[int, int] | None:
        best = max(
            (pair for pair in self._total if pair not in held),
            key=lambda pair: (self._total[pair], -pair[0], -pair[1]),
            default=None,
        )
        return best if best is not None and self._total[best] >= self._thresholds.link else None

    def _together(self, a: int, b: int) -> float:
        return self._engine.standing.profile(self._groups[a], self._groups[b], self._scores(a, b))

    def _scores(self, a: int, b: int) -> list[list[float]]:
        """Of all pairs of distinct records. Where a veto keeps some apart, a record that lacks what it is
        about stands by the others of its group: it does not bring together what they keep apart."""
        small, large = sorted((self._nodes[a], self._nodes[b]), key=len)
        rows = [[self._pairs[one][other] for other in large] for one in small]
        silent = self._silent
        if silent.isdisjoint(small) and silent.isdisjoint(large):
            return rows
        veto = next((score for row in rows for score in row if score in (UNLIKE, SPARED)), None)
        if veto is None:
            return rows
        return [
            [
                veto if score > UNLIKE and (one in silent or other in silent) else score
                for other, score in zip(large, row, strict=True)
            ]
            for one, row in zip(small, rows, strict=True)
        ]

    def _torn(self, a: int, b: int) -> bool:
        """The smaller one fits a third group about as well, and something speaks against those two."""
        best, margin = self._total[a, b], self._thresholds.margin
        joining = sorted((a, b), key=lambda at: len(self._groups[at]))
        if len(self._groups[a]) != len(self._groups[b]):
            del joining[1:]
        return any(
            best - self._between(x, rival) < margin and self._hostile(self._between(a + b - x, rival))
            for x in joining
            for rival in self._groups
            if rival not in (a, b)
        )

    def _hostile(self, score: float) -> bool:
        """What the two have speaks against them. That little speaks for them is no reason."""
        return score < self._model.prior and score not in (UNLIKE, SPARED)

    def _between(self, a: int, b: int) -> float:
        return self._total[max(a, b), min(a, b)]

    def _merge(self, a: int, b: int) -> None:
        """b becomes part of a."""
        self._groups[a] = sorted(self._groups[a] + self._groups.pop(b))
        self._nodes[a] += self._nodes.pop(b)
        del self._total[max(a, b), min(a, b)]
        for other in self._groups:
            if other != a:
                del self._total[max(b, other), min(b, other)]
                self._total[max(a, other), min(a, other)] = self._together(a, other)
