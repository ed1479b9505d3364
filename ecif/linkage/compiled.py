"""A match model made ready to run, once: records into values and keys, two records into a score."""

from collections.abc import Callable, Iterator, Sequence
from math import log2
from typing import Final

from rapidfuzz.distance import OSA

from ecif.linkage.comparing import MANY, Compared, Values
from ecif.linkage.declaration import FILE, MatchModel, Veto
from ecif.linkage.keys import Key, Keys
from ecif.linkage.lowered import NEVER, UNLIKE, scorer
from ecif.linkage.rows import Row, row_reader

__all__ = ["FILE", "NEVER", "UNLIKE", "CompiledModel", "Key", "Row"]

_NO_FLOOR: Final = NEVER


class CompiledModel:
    """Pure but for the frequencies of values and words, which `learn` counts."""

    def __init__(self, declared: MatchModel) -> None:
        self.declared = declared
        self.places = {name: at for at, name in enumerate(declared.attribute)}
        self.values, _ = row_reader(declared, self.places)
        """A row of a file as normalised values."""
        several = {name for name, one in declared.attribute.items() if one.several}
        self.comparisons = [
            Compared(one, self.places, several=one.on[0] in several, groups=declared.groups)
            for one in declared.comparison
        ]
        self._keys = Keys(declared, self.places)
        self.keys = self._keys.of
        """What another record must share to be compared with this one."""
        prior = declared.prior or 0.5
        self.prior = log2(prior / (1 - prior))
        self._arrange()

    # ------------------------------------------------------------ records

    @property
    def columns(self) -> set[str]:
        """Columns that a file must have."""
        named = {
            column
            for name, one in self.declared.attribute.items()
            for column in one.columns or (one.column or name,)
        }
        return {self.declared.id, *named} - {FILE}

    def spreads(self, block: int) -> bool:
        """Whether a record may have several keys of this block."""
        return self._keys.spreads(block)

    def learn(self, records: Sequence[Values]) -> None:
        """How common values are, for levels with term frequency; words, for tf-idf and rare keys."""
        for values in records:
            self._keys.learn(values)
            for one in self.comparisons:
                one.learn(values)
        self._arrange()

    def _arrange(self) -> None:
        for one in self.comparisons:
            one.arrange()
        parts = self.declared, self.places, self.comparisons, self.prior
        self._score, self.source = scorer(*parts)
        self._alone, _ = scorer(*parts, alone=True)

    # ------------------------------------------------------------ pairs

    def score(self, a: Values, b: Values, floor: float = _NO_FLOOR) -> float:
        """log2 odds that the two are one. Once `floor` is out of reach the rest is not looked at, and what is
        given is still too high. A tier decides above the score, a veto above everything.
        """
        return self._score(a, b, floor)

    @property
    def scorer(self) -> Callable[[Values, Values, float], float]:
        """`score` itself, without the call around it. Anew after `learn`."""
        return self._score

    @property
    def scorer_alone(self) -> Callable[[Values, Values, float], float]:
        """For a record that found no party."""
        return self._alone

    def explain(self, a: Values, b: Values) -> Iterator[tuple[str, str, float]]:
        """Comparison, level, weight; the prior first."""
        yield "prior", "", self.prior
        for one in self.comparisons:
            level, weight = one.best(a, b, one.value(a), one.value(b))
            yield one.label, one.labels[level] if level >= 0 else "missing", weight

    def rules(self, a: Values, b: Values) -> Iterator[str]:
        """Tiers and vetoes that hold for the pair."""
        for veto in self.declared.veto:
            if self._forbids(veto, a, b):
                yield f"veto: {veto.label}"
        for tier in self.declared.tier:
            if self._agree(tier.equal, a, b):
                yield f"tier: {', '.join(tier.equal)} equal, {tier.then}"

    def _forbids(self, veto: Veto, a: Values, b: Values) -> bool:
        differs = any(self._apart(name, veto.edits, a, b) for name in veto.differ)
        if not differs and not any(self._agree((name,), a, b) for name in veto.same):
            return False
        return not any(self._agree(names, a, b) for names in veto.exceptions)

    def _apart(self, name: str, edits: int, a: Values, b: Values) -> bool:
        x, y = self._several(name, a), self._several(name, b)
        near = any(OSA.distance(one, other) <= edits for one in x for other in y)
        return bool(x and y) and not near

    def _agree(self, names: Sequence[str], a: Values, b: Values) -> bool:
        """Both have all of these, and they are the same."""
        return all(self._several(name, a) & self._several(name, b) for name in names)

    def _several(self, name: str, values: Values) -> set[str]:
        text = values[self.places[name]]
        return set(text.split(MANY)) if text else set()
