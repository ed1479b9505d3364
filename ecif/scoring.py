"""How likely two sides are one customer where no rule says so: log2 odds by a declared match model.

The model is that of `ecif match` (`ecif.linkage`, docs/matching.md), trained beforehand; conf says which
contributions stand for its columns. A record becomes the model's normalised values once; two records give a
score. A side is its **distinct** records, so saying a thing six times makes it no likelier:

- `best`: the highest score of any record of one side with any of the other;
- `backing`: what the rest says of it (`ecif.linkage.standing`). Each record of the smaller side scores the
  mean of its best third against the other side; the backing is the mean of those. One odd record of a large
  party does not chain two people together. The model's vetoes hold; one that is about a pair alone, which
  a run over files leaves out, speaks against the party here: a hub cannot settle everything in the end.

A backing at the link threshold makes two sides one, if it leads the next best by the margin, or those are
no strangers to each other. Two strangers that one side fits about as well are a question, and so is a `best`
at the review threshold. Term frequencies are those the weights were trained with: nothing is learnt while
the hub runs, so a score depends on neither the day nor the process.
"""

import re
from collections.abc import Callable, Collection, Mapping
from itertools import product
from typing import Final, NamedTuple

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import UNLIKE, CompiledModel
from ecif.linkage.declaration import MatchModel
from ecif.linkage.explanation import Explanation, explanation
from ecif.linkage.lowered import SPARED
from ecif.linkage.standing import whole
from ecif.match_key import kind, kind_of, match_key
from ecif.matching_conf import ScoreConf

MOST_RECORDS: Final = 12
"""Distinct records of a side that are looked at: more say nothing new."""
_PAIR: Final[Mapping[float, float]] = {UNLIKE: -20.0, SPARED: -20.0}
"""Vetoes of a pair, as scores."""


class Likeness(NamedTuple):
    best: float
    backing: float

    def __str__(self) -> str:
        return f"best {self.best:.1f} backing {self.backing:.1f}"

    @classmethod
    def read(cls, text: str) -> "Likeness | None":
        """From its text; None where it is none."""
        found = _LIKENESS.fullmatch(text)
        return None if found is None else cls(float(found[1]), float(found[2]))


_LIKENESS: Final = re.compile(r"best (-?\d+\.\d) backing (-?\d+\.\d)")


class Verdict(NamedTuple):
    link: str = ""
    """The party that it is; "" for none."""
    doubts: tuple[str, ...] = ()
    """Parties that it may be, the likeliest first."""


class _Block(NamedTuple):
    """Of the model: kinds of its keys."""

    kind: str
    kind_with: str
    """Of records that have the attribute which one of two must lack."""
    lacked: int | None
    """That attribute's place among the values; None for no such attribute."""


class Scorer:
    """Compiled once. Pure; safe to share."""

    def __init__(self, conf: ScoreConf, declared: MatchModel) -> None:
        self._model = CompiledModel(declared)
        self._columns = conf.columns
        self.attributes = frozenset(name for names in conf.columns.values() for name in names)
        self._nothing = dict.fromkeys(self._model.columns, "")
        self._blocks = [
            _Block(kind(name), kind(f"{name} with"), self._model.places[lacked] if lacked else None)
            for name in [" ".join(block.on) for block in declared.block]
            for lacked in [conf.lacking.get(name)]
        ]
        self._largest = {
            one: min(model_block.largest, conf.largest)
            for block, model_block in zip(self._blocks, declared.block, strict=True)
            for one in block[:2]
        }
        self._alone = conf.alone
        thresholds = declared.thresholds
        self._link = thresholds.link if conf.link is None else conf.link
        self._review = thresholds.review if conf.review is None else conf.review
        self._margin = thresholds.margin if conf.margin is None else conf.margin

    # ------------------------------------------------------------ one record

    def values(self, said: Mapping[str, str]) -> Values:
        """Attribute → text, in the model's form."""
        row = dict(self._nothing)
        for column, names in self._columns.items():
            row[column] = next((said[name] for name in names if said.get(name)), "")
        return self._model.values(row)

    def keys(self, values: Values) -> tuple[set[str], set[str]]:
        """Blocking keys, as digests: those by which it is found, and those by which it looks for others."""
        found_by: set[str] = set()
        sought: set[str] = set()
        for number, text in self._model.keys(values):
            block = self._blocks[number]
            plain = match_key(block.kind, text)
            if block.lacked is None:
                found_by.add(plain)
                sought.add(plain)
            elif values[block.lacked]:
                found_by.add(match_key(block.kind_with, text))
                sought.add(plain)
            else:
                found_by.add(plain)
                sought.update((plain, match_key(block.kind_with, text)))
        return found_by, sought

    def largest(self, key: str) -> int | None:
        """Of how many parties it may tell; None for a key of others."""
        return self._largest.get(kind_of(key))

    def promising(self, sharing: Mapping[str, Collection[str]]) -> set[str]:
        """`sharing`: key → the parties that share it. One key shared with a crowd is not worth reading."""
        found: set[str] = set()
        once: set[str] = set()
        for key, heads in sharing.items():
            if len(heads) <= self._alone:
                found.update(heads)
                continue
            limit = self.largest(key)
            if limit is None:
                found.update(heads)
            elif len(heads) <= limit:
                found.update(once.intersection(heads))
                once.update(heads)
        return found

    # ------------------------------------------------------------ two sides

    def likeness(self, a: Collection[Values], b: Collection[Values]) -> Likeness:
        """Of what the records of two sides say; neither is empty."""
        small, large = sorted((sorted(set(a))[:MOST_RECORDS], sorted(set(b))[:MOST_RECORDS]), key=len)
        scores = [[self._model.score(one, other, self._review) for other in large] for one in small]
        counted = [[_PAIR.get(one, one) for one in row] for row in scores]
        return Likeness(max(map(max, scores)), whole(counted))

    def likeliest(self, a: Collection[Values], b: Collection[Values]) -> Explanation:
        """The two records that are most alike, comparison by comparison: for people who ask why."""
        pairs = product(sorted(set(a))[:MOST_RECORDS], sorted(set(b))[:MOST_RECORDS])
        one, other = max(pairs, key=lambda pair: self._model.score(*pair))
        return explanation(self._model, one, other)

    def verdict(self, likely: Mapping[str, Likeness], strangers: Callable[[str, str], bool]) -> Verdict:
        """`strangers`: are these two parties surely not one?"""
        near = sorted(
            (number for number, one in likely.items() if one.best >= self._review and not _vetoed(one)),
            key=lambda number: (-likely[number].backing, number),
        )
        if not near or likely[near[0]].backing < self._link:
            return Verdict("", tuple(near))
        best, *others = near
        floor = likely[best].backing - self._margin
        if any(likely[rival].backing > floor and strangers(best, rival) for rival in others):
            return Verdict("", tuple(near))
        return Verdict(best, tuple(others))

    def apart(self, likeness: Likeness) -> bool:
        """Nothing speaks for these being one."""
        return likeness.backing < self._review


def _vetoed(likeness: Likeness) -> bool:
    return likeness.backing <= UNLIKE
