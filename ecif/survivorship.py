"""Which value wins: the golden record as a pure function of contributions, pins and rules.

Per attribute, and per key of a multi-valued one: the newest pin; else the contributions ordered by the steps
below; then a winner that is only its system's way of writing a fuller value yields to that value. The result
does not depend on the order of the records, on when messages arrived or on the clock: documents expire
against `as_of`, the latest `since` of any contribution, which is stored.

Steps, in order: sound, current, trust, latest, complete, frequent, then system and customer number, so that
there is always one winner. conf/survivorship.toml turns the first three on per attribute. A step "verified"
will stand before "sound" when a system comes that can say it.

Not here: how a contribution is told from an echo (`reconcile`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ecif.entries import golden_place
from ecif.identity import SUBSTITUTE, canonical_document, expired, sound
from ecif.model import (
    FAMILIES,
    SINGLE,
    Dialect,
    Golden,
    Pin,
    Relation,
    SourceRecord,
    Survivor,
    Value,
)

_STEPS: Final = ("sound", "current", "trust", "latest", "complete", "frequent", "system", "customer_no")
_OTHERS: Final = "others"
_COARSEST: Final = "other"


# ------------------------------------------------------------------------------------------- rules
class GroupConf(BaseModel):
    """The steps of some attributes or families (`[[group]]`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attributes: tuple[str, ...] = Field(min_length=1, description="Attributes or families.")
    sound: bool = Field(default=False, description="Values with nothing known against them first.")
    current: bool = Field(default=False, description="Documents that have not expired first.")
    trust: tuple[str, ...] = Field(default=(), description="Systems, the most trusted first.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.attributes if name not in SINGLE and name not in FAMILIES]
        if unknown:
            raise ValueError(f"no attribute or family: {', '.join(unknown)}")
        if len(set(self.trust)) != len(self.trust):
            raise ValueError("a system stands twice in trust")
        return self


class SurvivorshipConf(BaseModel):
    """conf/survivorship.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: tuple[GroupConf, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        count = Counter(name for group in self.group for name in group.attributes)
        twice = [name for name, times in count.items() if times > 1]
        if twice:
            raise ValueError(f"in more than one group: {', '.join(twice)}")
        return self


class Rule(NamedTuple):
    """Steps of one attribute."""

    sound: bool = False
    current: bool = False
    trust: Mapping[str, int] = {}
    others: int = 0
    """Rank of systems not named."""


class Rules:
    """Compiled conf: attribute or family → rule."""

    __slots__ = ("_by_name", "_default")

    def __init__(self, by_name: Mapping[str, Rule], default: Rule = Rule()) -> None:  # noqa: B008
        self._by_name = dict(by_name)
        self._default = default

    @classmethod
    def compiled(cls, conf: SurvivorshipConf) -> "Rules":
        by_name: dict[str, Rule] = {}
        for group in conf.group:
            rule = _rule(group)
            for name in group.attributes:
                by_name[name] = rule
                by_name.update({f"{name}:{key}": rule for key in FAMILIES.get(name, ())})
        return cls(by_name)

    def rule(self, attribute: str) -> Rule:
        return self._by_name.get(attribute, self._default)


def _rule(group: GroupConf) -> Rule:
    trust = {system: rank for rank, system in enumerate(group.trust)}
    others = trust.pop(_OTHERS, len(group.trust))
    return Rule(group.sound, group.current, trust, others)


# ------------------------------------------------------------------------------------------- golden
class Said(NamedTuple):
    """One contribution to one golden attribute."""

    value: Value
    since: int
    system: str
    customer_no: str


def golden(
    records: Sequence[SourceRecord],
    pins: Mapping[str, Sequence[Pin]],
    rules: Rules,
    dialects: Mapping[str, Dialect],
) -> Golden:
    """`pins`: attribute → pins of every ECIF number that resolves to this party."""
    records = sorted(records, key=_key)
    said, unplaced, as_of = _gathered(records)
    choice = _Choice(rules, dialects, as_of)
    values: dict[str, Survivor] = {}
    if unplaced:  # slots whose layout has no code for the key: the party's kind says which it is
        kind = _chosen("kind", said, pins, choice)
        _place(unplaced, said, str(kind.value) if kind else "person", dialects)
    for attribute in sorted(said.keys() | pins.keys()):
        survivor = _chosen(attribute, said, pins, choice)
        if survivor is not None:
            values[attribute] = survivor
    return Golden(values, _relations(records), tuple(map(_key, records)), as_of)


def changed(before: Golden, after: Golden) -> bool:
    """Does the version rise? For values, relations and members; not for since, lineage or `as_of`."""
    return (
        before.members != after.members
        or before.relations != after.relations
        or before.values.keys() != after.values.keys()
        or any(before.values[name].value != survivor.value for name, survivor in after.values.items())
    )


def _key(record: SourceRecord) -> tuple[str, str]:
    return (record.system, record.customer_no)


def _gathered(
    records: Sequence[SourceRecord],
) -> tuple[dict[str, list[Said]], list[tuple[str, Said]], int]:
    said: dict[str, list[Said]] = {}
    unplaced: list[tuple[str, Said]] = []
    as_of = 0
    for record in records:
        for attribute, state in record.attributes.items():
            own = state.own
            if own is None:
                continue
            as_of = max(as_of, own.since)
            value = own.value
            if attribute in FAMILIES:
                if not value[0]:
                    unplaced.append((attribute, Said(value[1:], own.since, *_key(record))))
                    continue
                attribute, value = golden_place(attribute, value)
            said.setdefault(attribute, []).append(Said(value, own.since, record.system, record.customer_no))
    return said, unplaced, as_of


def _place(
    unplaced: list[tuple[str, Said]], said: dict[str, list[Said]], kind: str, dialects: Mapping[str, Dialect]
) -> None:
    for attribute, contribution in unplaced:
        dialect = dialects.get(contribution.system)
        slot = dialect.slots.get(attribute) if dialect else None
        key = slot.by_kind.get(kind) if slot else None
        if key:
            said.setdefault(f"{attribute}:{key}", []).append(contribution)


def _chosen(
    attribute: str, said: dict[str, list[Said]], pins: Mapping[str, Sequence[Pin]], choice: "_Choice"
) -> Survivor | None:
    pin = max(pins.get(attribute, ()), key=_when, default=None)
    if pin is not None and pin.value is not None:
        return Survivor(pin.value, pin.at, "", "", "pin")
    contributions = said.get(attribute)
    return choice.survivor(attribute, contributions) if contributions else None


def _when(pin: Pin) -> tuple[int, str]:
    return (pin.at, repr(pin.value))


def _relations(records: Sequence[SourceRecord]) -> tuple[tuple[str, str, Relation], ...]:
    """The union; each belongs to the record that reports it."""
    reported = [
        (record.system, record.customer_no, relation)
        for record in records
        if record.relations is not None
        for relation in record.relations.items
    ]
    return tuple(sorted(reported, key=_relation_order)) if reported else ()


def _relation_order(reported: tuple[str, str, Relation]) -> tuple[str, str, str, str, tuple[str, str]]:
    system, customer_no, relation = reported
    return (system, customer_no, relation.type, relation.name, relation.document or ("", ""))


# ------------------------------------------------------------------------------------------- one attribute
_Order = tuple[bool, bool, int, int, int, int, str, str]


class _Choice:
    """The steps, for one party."""

    __slots__ = ("as_of", "dialects", "rules")

    def __init__(self, rules: Rules, dialects: Mapping[str, Dialect], as_of: int) -> None:
        self.rules, self.dialects, self.as_of = rules, dialects, as_of

    def survivor(self, attribute: str, said: list[Said]) -> Survivor:
        first = said[0]
        if len(said) == 1:
            return Survivor(*first, "only")
        rule = self.rules.rule(attribute)
        if all(other.value == first.value for other in said):
            return Survivor(*min(said, key=lambda s: _agreed_order(s, rule)), "agreed")
        ranked = self._ranked(attribute, said, rule)
        order, winner = ranked[0]
        fuller = self._fuller(attribute, ranked)
        if fuller is not winner:
            return Survivor(
                fuller.value, max(winner.since, fuller.since), fuller.system, fuller.customer_no, "fuller"
            )
        loser = next(other for other, s in ranked if s.value != winner.value)
        step = next(step for step, a, b in zip(_STEPS, order, loser, strict=True) if a != b)
        return Survivor(*winner, step)

    def _ranked(self, attribute: str, said: list[Said], rule: Rule) -> list[tuple[_Order, Said]]:
        frequency = Counter(s.value for s in said)
        ranked = [(self._order(attribute, s, rule, frequency[s.value]), s) for s in said]
        return sorted(ranked, key=itemgetter(0))

    def _order(self, attribute: str, s: Said, rule: Rule, frequency: int) -> _Order:
        return (
            rule.sound and not sound(attribute, s.value),
            rule.current and expired(s.value, self.as_of),
            rule.trust.get(s.system, rule.others),
            -s.since,
            -fullness(s.value),
            -frequency,
            s.system,
            s.customer_no,
        )

    def _fuller(self, attribute: str, ranked: list[tuple[_Order, Said]]) -> Said:
        """Follow the winner to the value of which it is only a poorer way of writing."""
        flagged, best = ranked[0][0][0], ranked[0][1]
        tried = {best[2:]}
        while True:
            for order, s in ranked:
                if s[2:] not in tried and order[0] <= flagged and self._yields(attribute, best, s):
                    tried.add(s[2:])
                    flagged, best = order[0], s
                    break
            else:
                return best

    def _yields(self, attribute: str, best: Said, other: Said) -> bool:
        if other.value == best.value or fullness(other.value) <= fullness(best.value):
            return False
        if self._as_written(attribute, other.value, best.system) == best.value:
            return True
        # A 15-digit identity number is the short form of its 18-digit one.
        return attribute == "document:resident_id" and _short_of(best.value, other.value)

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


def _agreed_order(s: Said, rule: Rule) -> tuple[int, int, str, str]:
    return (rule.trust.get(s.system, rule.others), -s.since, s.system, s.customer_no)


def _short_of(short: Value, full: Value) -> bool:
    if short[0] is None or full[0] is None or short[1:] != full[1:] or len(short[0]) != 15:
        return False
    return canonical_document("resident_id", short[0]) == canonical_document("resident_id", full[0])


def fullness(value: Value) -> int:
    """How much a value says: its characters, without lost ones; the code "other" says least."""
    if isinstance(value, str):
        return 0 if value == _COARSEST else len(value) - value.count(SUBSTITUTE)
    return sum(len(part) - part.count(SUBSTITUTE) for part in value if part is not None)
