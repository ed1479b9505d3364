"""A match model made ready to run, once: records into values and keys, two records into a score."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log2
from typing import Final, NamedTuple, TypeAlias

from rapidfuzz.distance import OSA

from ecif.linkage.comparing import Compared, Values, place_of
from ecif.linkage.declaration import Block, MatchModel, Veto, key_part
from ecif.linkage.levels import latin, metaphone, soundex
from ecif.linkage.normalising import normaliser

Row: TypeAlias = Mapping[str, str]
NEVER: Final = float("-inf")
"""The score of a veto."""
UNLIKE: Final = -100.0
"""The score of a veto that is about the pair alone."""


class Key(NamedTuple):
    block: int
    text: str


class CompiledModel:
    """Pure but for the frequencies of values, which `learn` counts."""

    def __init__(self, declared: MatchModel) -> None:
        self.declared = declared
        self.places = {name: at for at, name in enumerate(declared.attribute)}
        self._columns = [one.columns or (one.column or name,) for name, one in declared.attribute.items()]
        self._normalise = [
            normaliser(one.normalise, one.placeholders) for one in declared.attribute.values()
        ]
        self.comparisons = [Compared(one, self.places) for one in declared.comparison]
        self._keys = [_key(block, self.places) for block in declared.block]
        self._vetoes = [_Forbids(veto, self.places) for veto in declared.veto]
        self._links = [_spots(t.equal, self.places) for t in declared.tier if t.then == "link"]
        self._reviews = [_spots(t.equal, self.places) for t in declared.tier if t.then == "review"]
        prior = declared.prior or 0.5
        self.prior = log2(prior / (1 - prior))
        self._arrange()

    # ------------------------------------------------------------ records

    @property
    def columns(self) -> set[str]:
        """Columns that a file must have."""
        return {self.declared.id, *(column for columns in self._columns for column in columns)}

    def values(self, row: Row) -> Values:
        return tuple(
            [
                normalise(row[columns[0]] if len(columns) == 1 else " ".join(row[c] for c in columns))
                for columns, normalise in zip(self._columns, self._normalise, strict=True)
            ]
        )

    def keys(self, values: Values) -> Iterator[Key]:
        """What another record must share to be compared with this one."""
        for block, make in enumerate(self._keys):
            text = make(values)
            if text:
                yield Key(block, text)

    def learn(self, records: Sequence[Values]) -> None:
        """How common values are, for levels with term frequency."""
        for one in self.comparisons:
            for values in records:
                one.learn(values)
        self._arrange()

    def _arrange(self) -> None:
        """What tells most is looked at first, so that a hopeless pair is left early. Each step knows how much
        the ones after it can still say for a match."""
        self._steps: list[tuple[Callable[[Values, Values], float], float]] = []
        rest = 0.0
        for one in sorted(self.comparisons, key=lambda one: one.most - one.least):
            self._steps.insert(0, (one.weight, rest))
            rest += one.most

    # ------------------------------------------------------------ pairs

    def score(self, a: Values, b: Values, floor: float = NEVER) -> float:
        """log2 odds that the two are one. Once `floor` is out of reach the rest is not looked at, and what is
        given is still too high. A tier decides above the score, a veto above everything.
        """
        for forbids in self._vetoes:
            if forbids(a, b):
                return forbids.score
        if self._agree(self._links, a, b):
            return -NEVER
        total = self.prior
        for weight, rest in self._steps:
            total += weight(a, b)
            if total + rest < floor:
                total += rest
                break
        if total < self.declared.thresholds.review and self._agree(self._reviews, a, b):
            return self.declared.thresholds.review
        return total

    def explain(self, a: Values, b: Values) -> Iterator[tuple[str, str, float]]:
        """Comparison, level, weight; the prior first."""
        yield "prior", "", self.prior
        for one in self.comparisons:
            level = one.level(a, b)
            yield one.label, one.labels[level] if level >= 0 else "missing", one.weight(a, b)

    def rules(self, a: Values, b: Values) -> Iterator[str]:
        """Tiers and vetoes that hold for the pair."""
        for veto, forbids in zip(self.declared.veto, self._vetoes, strict=True):
            if forbids(a, b):
                yield f"veto: {' or '.join(veto.differ)} differs"
        for tier in self.declared.tier:
            if self._agree([_spots(tier.equal, self.places)], a, b):
                yield f"tier: {', '.join(tier.equal)} equal, {tier.then}"

    @staticmethod
    def _agree(rules: Sequence[Sequence[int]], a: Values, b: Values) -> bool:
        return any(_equal(spots, a, b) for spots in rules)


class _Forbids:
    """A veto ready to run."""

    def __init__(self, veto: Veto, places: Mapping[str, int]) -> None:
        self._differ, self._unless = _spots(veto.differ, places), _spots(veto.unless, places)
        self._edits = veto.edits
        self.score = NEVER if veto.scope == "party" else UNLIKE

    def __call__(self, a: Values, b: Values) -> bool:
        for at in self._differ:
            x, y = a[at], b[at]
            if x != y and x and y and _far(x, y, self._edits):
                return not (self._unless and _equal(self._unless, a, b))
        return False


def _equal(spots: Sequence[int], a: Values, b: Values) -> bool:
    """Both have all of these, and they are the same."""
    return all(a[at] and a[at] == b[at] for at in spots)


def _far(a: str, b: str, edits: int) -> bool:
    return not edits or OSA.distance(a, b, score_cutoff=edits) > edits


def _spots(names: Sequence[str], places: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(places[name] for name in names)


def _key(block: Block, places: Mapping[str, int]) -> Callable[[Values], str]:
    """"" where any part is missing: a blank is no reason to compare."""
    parts = [_part(text, places) for text in block.on]

    def make(values: Values) -> str:
        found = [part(values) for part in parts]
        return "\0".join(found) if all(found) else ""

    return make


def _part(text: str, places: Mapping[str, int]) -> Callable[[Values], str]:
    function, attribute, size = key_part(text)
    value = place_of((attribute,), places)
    if function in ("first", "last"):
        return _cut(value, slice(0, size) if function == "first" else slice(-size, None))
    if not function:
        return value
    shape = _SHAPES[function]
    return lambda values: shape(text) if (text := value(values)) else ""


def _cut(value: Callable[[Values], str], part: slice) -> Callable[[Values], str]:
    return lambda values: value(values)[part]


_SHAPES: Final[Mapping[str, Callable[[str], str]]] = {
    "year": lambda text: text[:4],
    "pinyin": latin,
    "soundex": soundex,
    "metaphone": metaphone,
    "sorted": lambda text: " ".join(sorted(text.split())),
}
