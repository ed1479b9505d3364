"""The steps that choose one attribute's value among its contributions, and the rule that names them.

Steps, in order: verified, sound, current, trust, latest, complete, frequent, then system and customer number,
so that there is always one winner. Last, a winner that is only its system's way of writing a fuller value
(cut, a coarser code, a lost character) yields to that value: trust says who is right, not who has the wider
field.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from ecif.identity import SUBSTITUTE, canonical_document, expired, sound
from ecif.model import Dialect, Survivor, Value

_STEPS: Final = (
    "verified", "sound", "current", "trust", "latest", "complete", "frequent", "system", "customer_no",
)  # fmt: skip
_COARSEST: Final = "other"

Said: TypeAlias = tuple[Value, int, str, str]
"""One contribution to one golden attribute: value, since, system, customer number. A bare tuple: the hub
makes some forty of them a message."""
_Order: TypeAlias = tuple[int, bool, bool, int, int, int, int, str, str]
_Ranked: TypeAlias = list[tuple[_Order, Said]]


class Rule(NamedTuple):
    """Steps of one attribute that conf decides on."""

    verified: bool = False
    sound: bool = False
    current: bool = False
    trust: Mapping[str, int] = {}
    others: int = 0
    """Rank of systems not named."""
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
        ranked = self.ranked(attribute, said, rule)
        order, winner = ranked[0]
        fuller = self._fuller(attribute, ranked)
        if fuller is not winner:
            value, since, system, customer_no = fuller
            return Survivor(value, max(winner[1], since), system, customer_no, "fuller")
        loser = next(other for other, said_ in ranked if said_[0] != winner[0])
        return Survivor(*winner, step_between(order, loser))

    def ranked(self, attribute: str, said: Sequence[Said], rule: Rule) -> _Ranked:
        """The contributions with what each step makes of them, the best first."""
        frequency = Counter(map(itemgetter(0), said))
        ranked = [(self._order(attribute, one, rule, frequency), one) for one in said]
        return sorted(ranked, key=itemgetter(0))

    def _order(self, attribute: str, said: Said, rule: Rule, frequency: Mapping[Value, int]) -> _Order:
        value, since, system, customer_no = said
        return (
            self.verified(attribute, said) if rule.verified and self.verified is not None else 0,
            rule.sound and not sound(attribute, value),
            rule.current and expired(value, self.as_of),
            rule.trust.get(system, rule.others),
            -since,
            -fullness(value),
            -frequency[value],
            system,
            customer_no,
        )

    def _fuller(self, attribute: str, ranked: _Ranked) -> Said:
        """Follow the winner to the value of which it is only a poorer way of writing."""
        (_, flagged, *_), best = ranked[0]
        tried = {best[2:]}
        while True:
            for order, said in ranked:
                if said[2:] not in tried and order[1] <= flagged and self._yields(attribute, best, said):
                    tried.add(said[2:])
                    flagged, best = order[1], said
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


def step_between(better: _Order, worse: _Order) -> str:
    """The step at which one went before the other."""
    return next(step for step, a, b in zip(_STEPS, better, worse, strict=True) if a != b)


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
        return 0 if value == _COARSEST else len(value) - value.count(SUBSTITUTE)
    return sum(len(part) - part.count(SUBSTITUTE) for part in value if part is not None)
