"""The steps that choose one attribute's value among its contributions, and the rule that names them.

Conf orders the steps of each attribute (`Rule.steps`); system and customer number always come after them, so
that there is one winner whatever the order of the records. Last, a winner that is only its system's way of
writing a fuller value (cut, a coarser code, a lost character) yields to that value: trust says who is right,
not who has the wider field.

Trust may fade: for each half-life that a value is older than the party's newest change, its system counts as
one place lower in the order of trust. That day is stored, so the same contributions give the same winner for
ever.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from ecif.identity import canonical_document, expired, lost, sound
from ecif.model import Dialect, Survivor, Value

STEPS: Final = ("verified", "sound", "current", "trust", "latest", "complete", "frequent")
"""In the order they have where conf does not say another."""
USUAL: Final = ("trust", "latest", "complete", "frequent")
LAST: Final = ("system", "customer_no")
_COARSEST: Final = "other"

Said: TypeAlias = tuple[Value, int, str, str]
"""One contribution to one golden attribute: value, since, system, customer number. A bare tuple: the hub
makes some forty of them a message."""
_Order: TypeAlias = tuple[Any, ...]
"""What each step makes of a contribution, the least first; at the end system and customer number."""
_Ranked: TypeAlias = list[tuple[_Order, Said]]


class Rule(NamedTuple):
    """What conf decides for one attribute."""

    steps: tuple[str, ...] = USUAL
    trust: Mapping[str, int] = {}
    others: int = 0
    """Rank of systems not named."""
    half_life: int = 0
    """Microseconds of age that cost one place of trust; 0: trust does not fade."""
    reserved: frozenset[str] = frozenset()
    """Values that only systems named may decide."""

    def admits(self, value: Value | None, system: str) -> bool:
        """Does the value count when this system says it?"""
        return value not in self.reserved or system in self.trust


class Choice:
    """The steps, for one party. `as_of`: the stored day against which documents expire. `verified`: the rank
    of a contribution to an attribute by what was seen of its documents."""

    __slots__ = ("as_of", "dialects", "verified")

    def __init__(
        self, dialects: Mapping[str, Dialect], as_of: int, verified: Callable[[str, Said], int] | None = None
    ) -> None:
        self.dialects, self.as_of, self.verified = dialects, as_of, verified

    def survivor(self, attribute: str, said: Sequence[Said], rule: Rule) -> Survivor:
        """`said` in the order of system and customer number."""
        value, since, system, customer_no = said[0]
        if len(said) == 1:
            return Survivor(value, since, system, customer_no, "only")
        for other in said:
            if other[0] != value:
                return self._disputed(attribute, said, rule)
        return _agreed(said, rule)

    def _disputed(self, attribute: str, said: Sequence[Said], rule: Rule) -> Survivor:
        winner, step = self._winner(attribute, said, rule)
        for other in said:
            if self._yields(attribute, winner, other):
                fuller = self._fuller(attribute, self.ranked(attribute, said, rule), rule)
                if fuller is not winner:
                    value, since, system, customer_no = fuller
                    return Survivor(value, max(winner[1], since), system, customer_no, "fuller")
                break
        return Survivor(*winner, step)

    def _winner(self, attribute: str, said: Sequence[Said], rule: Rule) -> tuple[Said, str]:
        """The first of `ranked`, and the step that put it before the first of them that says something else:
        each step is asked only about those that no earlier one told apart."""
        asked, left, decided = _Asked(attribute, rule, self, said), said, ""
        for step in rule.steps:
            measure = _MEASURES[step]
            measured = [measure(asked, one) for one in left]
            least = min(measured)
            kept = [one for one, made in zip(left, measured, strict=True) if made == least]
            if len(kept) < len(left):
                left = kept
                if not decided and all(one[0] == kept[0][0] for one in kept):
                    decided = step
                if len(left) == 1:
                    break
        winner = left[0]  # they stand in the order of system and customer number
        if decided:
            return winner, decided
        other = next(one for one in left if one[0] != winner[0])
        return winner, "system" if other[2] != winner[2] else "customer_no"

    def ranked(self, attribute: str, said: Sequence[Said], rule: Rule) -> _Ranked:
        """The contributions with what each step makes of them, the best first."""
        asked = _Asked(attribute, rule, self, said)
        measures = [_MEASURES[step] for step in rule.steps]
        ranked = [((*[measure(asked, one) for measure in measures], *one[2:]), one) for one in said]
        return sorted(ranked, key=itemgetter(0))

    def _fuller(self, attribute: str, ranked: _Ranked, rule: Rule) -> Said:
        """Follow the winner to the value of which it is only a poorer way of writing."""
        best = ranked[0][1]
        tried = {best[2:]}
        while True:
            for _, said in ranked:
                if (
                    said[2:] not in tried
                    and self._yields(attribute, best, said)
                    and not ("sound" in rule.steps and sound(attribute, best[0]) > sound(attribute, said[0]))
                ):
                    tried.add(said[2:])
                    best = said
                    break
            else:
                return best

    def _yields(self, attribute: str, best: Said, other: Said) -> bool:
        poor, full = best[0], other[0]
        if full == poor or fullness(full) <= fullness(poor):
            return False
        if self._as_written(attribute, full, best[2]) == poor:
            return True
        # A 15-digit identity number is the short form of its 18-digit one.
        return attribute == "document:resident_id" and _short_of(poor, full)

    def _as_written(self, attribute: str, value: Value, system: str) -> Value | None:
        """A golden value as a system writes it, be it in a slot or under its key."""
        dialect = self.dialects.get(system)
        if dialect is None:
            return None
        family, _, key = attribute.partition(":")
        slot = dialect.slots.get(family) if key else None
        if slot is None:
            return dialect.written(attribute, value)
        written = dialect.written(family, ("" if slot.by_kind else key, *value))
        return None if written is None else written[1:]


class _Asked(NamedTuple):
    """One attribute's contributions, to be measured."""

    attribute: str
    rule: Rule
    choice: Choice
    said: Sequence[Said]


def _verified(asked: _Asked, said: Said) -> int:
    rank = asked.choice.verified
    return 0 if rank is None else rank(asked.attribute, said)


def _sound(asked: _Asked, said: Said) -> bool:
    return not sound(asked.attribute, said[0])


def _current(asked: _Asked, said: Said) -> bool:
    return expired(said[0], asked.choice.as_of)


def _trust(asked: _Asked, said: Said) -> int:
    rule = asked.rule
    rank = rule.trust.get(said[2], rule.others)
    return rank if not rule.half_life else rank + (asked.choice.as_of - said[1]) // rule.half_life


def _latest(asked: _Asked, said: Said) -> int:
    return -said[1]


def _complete(asked: _Asked, said: Said) -> int:
    return -fullness(said[0])


def _frequent(asked: _Asked, said: Said) -> int:
    return -sum(1 for one in asked.said if one[0] == said[0])


_MEASURES: Final[Mapping[str, Callable[[_Asked, Said], int]]] = {
    "verified": _verified,
    "sound": _sound,
    "current": _current,
    "trust": _trust,
    "latest": _latest,
    "complete": _complete,
    "frequent": _frequent,
}
"""Step → what it makes of a contribution; the least is the best."""


def step_between(rule: Rule, better: _Order, worse: _Order) -> str:
    """The step at which one went before the other."""
    steps = (*rule.steps, *LAST)
    return next(step for step, a, b in zip(steps, better, worse, strict=True) if a != b)


def _agreed(said: Sequence[Said], rule: Rule) -> Survivor:
    """All say the same; the lineage is that of the most trusted, then of the latest to say so."""
    best, rank = said[0], rule.trust.get(said[0][2], rule.others)
    for one in said[1:]:
        other = rule.trust.get(one[2], rule.others)
        if other < rank or (other == rank and one[1] > best[1]):
            best, rank = one, other
    return Survivor(*best, "agreed")


def _short_of(short: Value, full: Value) -> bool:
    if short[0] is None or full[0] is None or short[1:] != full[1:] or len(short[0]) != 15:
        return False
    return canonical_document("resident_id", short[0]) == canonical_document("resident_id", full[0])


def fullness(value: Value) -> int:
    """How much a value says: its characters, without lost ones; the code "other" says least."""
    if isinstance(value, str):
        return 0 if value == _COARSEST else len(value) - lost(value)
    return sum(len(part) - lost(part) for part in value if part is not None)
