"""Two sides of a question beside each other: what is the same, what differs, what speaks for and against.

A side is a party with all its records. Values stand as its golden record has them, with what its records say
beside; an attribute that only one side has is no difference. Pure; what raised the question (a rule, a score
with its weights) comes with the review task.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ecif.cluster import pins_of
from ecif.explaining import Contribution, Explained, explain
from ecif.identity import canonical_document, plain_name, plain_phone, same_name
from ecif.matching import Doubt, Matching, Same
from ecif.model import MARKS, Dialect, Key, Party, SourceRecord, Value
from ecif.survivorship import Rules

SAME, SIMILAR, DIFFERENT, MISSING = "same", "similar", "different", "missing"


class Side(msgspec.Struct, frozen=True):
    """One party."""

    ecif_no: str
    version: int
    values: tuple[Explained, ...]
    records: tuple[Key, ...]
    holdings: int
    """How many accounts, loans and products its systems list."""


class Row(msgspec.Struct, frozen=True):
    """One attribute on both sides."""

    attribute: str
    left: Value | None
    right: Value | None
    verdict: str
    """"same", "similar" (one may be the other, written otherwise), "different", "missing" on one side."""


class Weight(msgspec.Struct, frozen=True):
    """What one comparison of a score says: log2 odds for (above 0) or against."""

    comparison: str
    level: str
    weight: float


class Evidence(msgspec.Struct, frozen=True):
    left: Side
    right: Side | None
    """None where a question is about one party only."""
    rows: tuple[Row, ...]
    rule: str
    """The rule that says they are one ("document", "born_and_mobile"), or ""."""
    against: tuple[str, ...]
    """What speaks against it: "name", "kind", "documents", "declared different"."""
    score: float | None = None
    """Of the two records that are most alike, in log2 odds: the sum of the weights. None without a model."""
    weights: tuple[Weight, ...] = ()
    """The prior, then one comparison after the other."""


class Whole(msgspec.Struct, frozen=True):
    """A party with everything that resolves to it, as it was read."""

    head: Party
    parties: tuple[Party, ...]
    records: tuple[SourceRecord, ...]

    def explained(self, rules: Rules, dialects: Mapping[str, Dialect]) -> tuple[Explained, ...]:
        return explain(self.records, pins_of(self.parties), rules, dialects)

    def side(self, rules: Rules, dialects: Mapping[str, Dialect]) -> Side:
        listed = [record.holdings for record in self.records if record.holdings is not None]
        return Side(
            self.head.ecif_no, self.head.version, self.explained(rules, dialects),
            tuple([record.key for record in self.records]), sum(len(one.items) for one in listed),
        )  # fmt: skip


def side_by_side(left: Side, right: Side) -> tuple[Row, ...]:
    """Every attribute that one of them has."""
    mine, theirs = ({one.attribute: one for one in side.values} for side in (left, right))
    names = [name for name in sorted(mine.keys() | theirs.keys()) if name not in MARKS]
    return tuple([_row(name, mine.get(name), theirs.get(name)) for name in names])


def _row(name: str, left: Explained | None, right: Explained | None) -> Row:
    a, b = (None if side is None else side.value for side in (left, right))
    if left is None or right is None or a is None or b is None:
        return Row(name, a, b, MISSING)
    if alike(name, a, b):
        return Row(name, a, b, SAME)
    said = any(alike(name, x, y) for x in _said(left) for y in _said(right))
    return Row(name, a, b, SIMILAR if said or _similar(name, a, b) else DIFFERENT)


def _said(explained: Explained) -> list[Value]:
    said: Sequence[Contribution] = explained.others
    values = [explained.value, *[one.value for one in said]]
    return [value for value in values if value is not None]


def alike(name: str, a: Value, b: Value) -> bool:
    """The same, but for the way of writing it."""
    family, _, key = name.partition(":")
    if family == "document":
        return canonical_document(key, str(a[0])) == canonical_document(key, str(b[0]))
    if family == "address":
        return plain_name(str(a[0])) == plain_name(str(b[0]))
    if family == "phone":
        return plain_phone(str(a)) == plain_phone(str(b))
    return plain_name(str(a)) == plain_name(str(b))


def _similar(name: str, a: Value, b: Value) -> bool:
    return name == "name" and same_name(str(a), str(b))


def compared(
    left: Side, right: Side, a: Sequence[SourceRecord], b: Sequence[SourceRecord], matching: Matching
) -> Evidence:
    """Two parties with their records."""
    rule, against = for_and_against(a, b, matching)
    alike = matching.likeliest(a, b)
    if alike is None:
        return Evidence(left, right, side_by_side(left, right), rule, against)
    weights = tuple([Weight(*one) for one in alike.comparisons])
    score = sum(one.weight for one in weights)
    against += tuple([said for said in alike.rules if said.startswith("veto")])
    return Evidence(left, right, side_by_side(left, right), rule, against, score, weights)


def for_and_against(
    left: Sequence[SourceRecord], right: Sequence[SourceRecord], matching: Matching
) -> tuple[str, tuple[str, ...]]:
    """The rule that ties two parties, and the rules that forbid or question it."""
    found = matching.same_customer(left, right)
    rule = found.tier if isinstance(found, Same) else ""
    against = [found.reason] if isinstance(found, Doubt) else []
    against += [reason for reason in matching.vetoes(left, right) if reason not in against]
    return rule, tuple(against)
