"""A golden record arranged for reading: groups of attributes, each value with what else was said of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ecif.history import PartyAsOf
from ocrm_api.access.identity import Staff
from ocrm_api.console.drawing.lengths import Length, lengths
from ocrm_api.console.spelling import amount, parts
from ocrm_api.parties.reading import moment
from ocrm_api.parties.schema import Decided, Losing, Shown, Total

GROUPS: Final = (
    ("who", ("name", "kind", "status", "born", "gender", "nationality", "marital", "education")),
    ("documents", ("document:", "verified:")),
    ("contacts", ("phone:", "email", "address:")),
    ("work", ("employer", "occupation", "industry", "annual_income")),
    ("bank", ("risk", "rating", "branch", "manager")),
)
OWED: Final = ("loan",)
"""Kinds of holdings that the customer owes."""
_NOT_DISPUTED: Final = ("agrees", "withdrawn")


@dataclass(frozen=True, slots=True)
class Said:
    """What one record says of an attribute."""

    system: str
    customer_no: str
    parts: Sequence[str]
    since: datetime | None
    step: str
    """"" for the one that holds."""
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class GoldenValue:
    attribute: str
    parts: Sequence[str]
    since: datetime | None
    system: str
    customer_no: str
    rule: str
    said: Sequence[Said] = ()
    pinned_by: str = ""
    pinned_because: str = ""

    @property
    def disputed(self) -> bool:
        return any(one.step and one.step not in _NOT_DISPUTED for one in self.said)


@dataclass(frozen=True, slots=True)
class Money:
    """What is held in one currency."""

    ccy: str
    owned: str
    owed: str
    bars: Sequence[Length]


Groups = Sequence[tuple[str, Sequence[GoldenValue]]]


def groups_of(values: Iterable[Decided]) -> Groups:
    return grouped([_golden(one) for one in values])


def groups_then(party: PartyAsOf, staff: Staff) -> Groups:
    """As of another day: what held and whose it was."""
    return grouped(
        [
            GoldenValue(
                name, shown_parts(name, staff.masked(name, one.value)), moment(one.since), one.system,
                one.customer_no, one.rule,
            )
            for name, one in sorted(party.golden.values.items())
        ]
    )  # fmt: skip


def _golden(one: Decided) -> GoldenValue:
    said = [_said(one.attribute, other) for other in one.others]
    if one.system and one.value is not None:
        mine = Said(
            one.system, one.customer_no, shown_parts(one.attribute, one.value), one.since, "", one.faults
        )
        said = [mine, *said]
    return GoldenValue(
        one.attribute, shown_parts(one.attribute, one.value), one.since, one.system, one.customer_no,
        one.rule, said, one.pinned_by, one.pinned_because,
    )  # fmt: skip


def _said(attribute: str, one: Losing) -> Said:
    shown = shown_parts(attribute, one.value)
    return Said(one.system, one.customer_no, shown, one.since, one.step or "nothing", one.faults)


def shown_parts(attribute: str, value: Any) -> list[str]:
    """Of a value as the API shows it, whose groups are lists."""
    shown: Shown | tuple[str | None, ...] | None = value
    return parts(attribute, tuple(shown) if isinstance(shown, list) else shown)


def grouped(values: Sequence[GoldenValue]) -> Groups:
    """In the order people look for them; what no group names comes last."""
    left = list(values)
    groups: list[tuple[str, Sequence[GoldenValue]]] = []
    for name, members in GROUPS:
        mine = [value for member in members for value in left if _belongs(value.attribute, member)]
        left = [value for value in left if value not in mine]
        if mine:
            groups.append((name, mine))
    return [*groups, *([("other", left)] if left else [])]


def order_of(attribute: str) -> tuple[int, int, str]:
    """By group and place in it, for tables of attributes."""
    for group, (_, members) in enumerate(GROUPS):
        for place, member in enumerate(members):
            if _belongs(attribute, member):
                return group, place, attribute
    return len(GROUPS), 0, attribute


def _belongs(attribute: str, member: str) -> bool:
    return attribute == member or (member.endswith(":") and attribute.startswith(member))


def money(totals: Iterable[Total], told: Callable[[str], str]) -> list[Money]:
    """Totals by currency, what is owed apart, and each kind's share as a bar. `told` names a kind."""
    by_ccy: dict[str, dict[str, Decimal]] = {}
    for total in totals:
        by_ccy.setdefault(total.currency or "—", {})[total.kind] = Decimal(total.amount)
    return [_money(ccy, kinds, told) for ccy, kinds in sorted(by_ccy.items())]


def _money(ccy: str, kinds: Mapping[str, Decimal], told: Callable[[str], str]) -> Money:
    owed = sum((total for kind, total in kinds.items() if kind in OWED), Decimal(0))
    owned = sum((total for kind, total in kinds.items() if kind not in OWED), Decimal(0))
    bars = lengths([(told(kind), float(total), amount(total), kind) for kind, total in sorted(kinds.items())])
    return Money(ccy, amount(owned), amount(owed), bars)
