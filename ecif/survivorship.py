"""Which value wins: the golden record as a pure function of contributions, pins and rules.

Per attribute, and per key of a multi-valued one: the newest pin, else what the steps of `ecif.steps` choose,
as far as conf/survivorship.toml turns them on. The result does not depend on the order of the records, on
when messages arrived or on the clock: documents expire against `as_of`, the latest `since` of any
contribution, which is stored.

Not here: how a contribution is told from an echo (`reconcile`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from ecif.entries import golden_place
from ecif.four_eyes import FourEyesConf
from ecif.model import FAMILIES, MARK, MARKS, SINGLE, Dialect, Golden, Pin, Relation, SourceRecord, Survivor
from ecif.reconcile.image import INSISTS
from ecif.steps import USUAL, Choice, Rule, Said
from ecif.verified import NOTHING, Verified, verified

_OTHERS: Final = "others"
_MINUTE: Final = 60 * 1_000_000
_DAY: Final = 86_400 * 1_000_000
Step = Literal["verified", "sound", "current", "trust", "latest", "complete", "frequent"]


# ------------------------------------------------------------------------------------------- rules
class GroupConf(BaseModel):
    """The steps of some attributes or families (`[[group]]`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attributes: tuple[str, ...] = Field(min_length=1, description="Attributes or families.")
    steps: tuple[Step, ...] = Field(
        default=USUAL,
        description="What decides, in this order: verified (somebody has seen the document), sound (nothing "
        "is known against the value), current (the document has not expired), trust, latest, complete, "
        "frequent.",
    )
    trust: tuple[str, ...] = Field(
        default=(), description='Systems, the most trusted first; "others" stands for all not named.'
    )
    trust_half_life_days: int | None = Field(
        default=None, ge=1,
        description="For each so many days that a value is older than the party's newest change, its system "
        "counts one place lower in trust; left out: trust does not fade.",
    )  # fmt: skip
    reserved: tuple[str, ...] = Field(
        default=(), description="Codes only systems in trust may decide; from others they raise a review."
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.attributes if name not in SINGLE and name not in FAMILIES]
        if unknown:
            raise ValueError(f"no attribute or family: {', '.join(unknown)}")
        if len(set(self.trust)) != len(self.trust):
            raise ValueError("a system stands twice in trust")
        if len(set(self.steps)) != len(self.steps):
            raise ValueError("a step stands twice in steps")
        if "trust" not in self.steps and (self.trust or self.trust_half_life_days):
            raise ValueError("trust is not among the steps: add it, or leave its order out")
        return self


class QuarrelConf(BaseModel):
    """When systems that keep overwriting each other are held for a steward."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    flips: Annotated[int, Strict(), Field(ge=1)] = INSISTS
    """So often in a row a record may put back its old value, or overwrite at once what it was given; one time
    more, and it is not pushed until a steward decides."""
    within_minutes: Annotated[int, Strict(), Field(ge=0, le=10_080)] = 60
    """What "at once" means, from when the value given began to hold; 0: only old values put back count."""


class SurvivorshipConf(BaseModel):
    """conf/survivorship.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: tuple[GroupConf, ...] = ()
    four_eyes: tuple[FourEyesConf, ...] = ()
    quarrel: QuarrelConf = QuarrelConf()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        count = Counter(name for group in self.group for name in group.attributes)
        twice = [name for name, times in count.items() if times > 1]
        if twice:
            raise ValueError(f"in more than one group: {', '.join(twice)}")
        return self


class Rules:
    """Compiled conf: attribute or family → rule."""

    __slots__ = ("_by_name", "_default", "flips", "four_eyes", "reserved", "within")

    def __init__(
        self,
        by_name: Mapping[str, Rule],
        default: Rule | None = None,
        four_eyes: Sequence[FourEyesConf] = (),
        quarrel: QuarrelConf | None = None,
    ) -> None:
        self.flips = quarrel.flips if quarrel else INSISTS
        self.within = quarrel.within_minutes * _MINUTE if quarrel else 0
        """How long after it began to hold a value given may not be overwritten again and again, µs."""
        self.four_eyes = tuple(four_eyes)
        """Decisions that need a second pair of eyes."""
        self._by_name = dict(by_name)
        self._default = default or Rule()
        self.reserved = {name: rule for name, rule in self._by_name.items() if rule.reserved}
        """Attributes some of whose values only systems named may decide."""

    @classmethod
    def compiled(cls, conf: SurvivorshipConf) -> "Rules":
        by_name: dict[str, Rule] = {}
        for group in conf.group:
            rule = _rule(group)
            for name in group.attributes:
                by_name[name] = rule
                by_name.update({f"{name}:{key}": rule for key in FAMILIES.get(name, ())})
        return cls(by_name, four_eyes=conf.four_eyes, quarrel=conf.quarrel)

    def rule(self, attribute: str) -> Rule:
        return self._by_name.get(attribute, self._default)


def _rule(group: GroupConf) -> Rule:
    trust = {system: rank for rank, system in enumerate(group.trust)}
    others = trust.pop(_OTHERS, len(group.trust))
    half_life = (group.trust_half_life_days or 0) * _DAY
    return Rule(group.steps, trust, others, half_life, frozenset(group.reserved))


# ------------------------------------------------------------------------------------------- golden
def golden(
    records: Sequence[SourceRecord],
    pins: Mapping[str, Sequence[Pin]],
    rules: Rules,
    dialects: Mapping[str, Dialect],
) -> Golden:
    """`pins`: attribute → pins of every ECIF number that resolves to this party."""
    members = sorted(records, key=_key)
    heard = speaking(members)
    party = gathered(heard, pins, rules, dialects)
    return Golden(
        party.survivors(), _relations(heard), tuple([_key(record) for record in members]), party.choice.as_of
    )


def gathered(
    records: Sequence[SourceRecord],
    pins: Mapping[str, Sequence[Pin]],
    rules: Rules,
    dialects: Mapping[str, Dialect],
    kind: str = "",
) -> "Party":
    """What these records, in the order of their keys, say. `kind`: of the party, where they need not tell."""
    said, unplaced, as_of = _gathered(records)
    seen = NOTHING if MARKS.isdisjoint(said) else verified(said)
    choice = Choice(dialects, as_of, seen.rank if seen.numbers else None)
    party = Party(said, pins, rules, choice, seen)
    if unplaced:  # slots whose layout has no code for the key: the party's kind says which it is
        chosen = None if kind else party.chosen("kind")
        _place(unplaced, said, kind or (str(chosen.value) if chosen else "person"), dialects)
    return party


def speaking(records: Sequence[SourceRecord]) -> Sequence[SourceRecord]:
    """Those that count. A record that a steward withdrew counts only while no other says anything: a customer
    of whom nothing is left would be cleared out of every system."""
    kept = [record for record in records if not record.withdrawn]
    return kept if len(kept) < len(records) and any(map(contributes, kept)) else records


def contributes(record: SourceRecord) -> bool:
    return any(state.own is not None for state in record.attributes.values())


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
    """Contributions by golden attribute; those of slots that do not say their key; the latest since."""
    said: dict[str, list[Said]] = {}
    unplaced: list[tuple[str, Said]] = []
    as_of = 0
    for record in records:
        system, customer_no = record.system, record.customer_no
        for attribute, state in record.attributes.items():
            own = state.own
            if own is None:
                continue
            value, since = own.value, own.since
            if since > as_of:
                as_of = since
            if attribute in FAMILIES:
                if not value[0]:
                    unplaced.append((attribute, (value[1:], since, system, customer_no)))
                    continue
                attribute, value = golden_place(attribute, value)
            contribution = (value, since, system, customer_no)
            if attribute in said:
                said[attribute].append(contribution)
            else:
                said[attribute] = [contribution]
    return said, unplaced, as_of


def _place(
    unplaced: list[tuple[str, Said]], said: dict[str, list[Said]], kind: str, dialects: Mapping[str, Dialect]
) -> None:
    for attribute, contribution in unplaced:
        dialect = dialects.get(contribution[2])
        slot = dialect.slots.get(attribute) if dialect else None
        key = slot.by_kind.get(kind) if slot else None
        if key:
            others = said.setdefault(f"{attribute}:{key}", [])
            others.append(contribution)
            others.sort(key=_origin)


def _origin(said: Said) -> tuple[str, str]:
    return said[2:]


class Party(NamedTuple):
    """What is said of one party, and what decides."""

    said: Mapping[str, Sequence[Said]]
    pins: Mapping[str, Sequence[Pin]]
    rules: Rules
    choice: Choice
    seen: Verified

    def survivors(self) -> dict[str, Survivor]:
        values: dict[str, Survivor] = {}
        pins, reserved = self.pins, self.rules.reserved
        for attribute in sorted(self.said.keys() | pins.keys() if pins else self.said):
            said = self.said.get(attribute, ())
            if len(said) == 1 and attribute not in pins and attribute not in reserved:
                survivor: Survivor | None = Survivor(*said[0], "only")
            else:
                survivor = self.chosen(attribute)
            if attribute in MARKS:
                document = values.get(f"document:{attribute.removeprefix(MARK)}")
                survivor = self.seen.survivor(attribute, document)
            if survivor is not None:
                values[attribute] = survivor
        return values

    def chosen(self, attribute: str) -> Survivor | None:
        pin = self.pin(attribute)
        if pin is not None and pin.value is not None:
            return Survivor(pin.value, pin.at, "", "", "pin")
        said, rule = self.said.get(attribute), self.rules.rule(attribute)
        if said and rule.reserved:
            said = [one for one in said if rule.admits(one[0], one[2])]
        return self.choice.survivor(attribute, said, rule) if said else None

    def pin(self, attribute: str) -> Pin | None:
        """The newest decision on it, on any of the party's numbers."""
        pins = self.pins.get(attribute)
        return max(pins, key=_when) if pins else None


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
