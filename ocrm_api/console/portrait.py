"""A golden record arranged for reading: groups of attributes, each value with what else was said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ecif.entries import golden_place
from ecif.model import FAMILIES, Golden, Holding, SourceRecord, Survivor
from ecif.store.rows import Stored
from ecif.views import PartyView
from ocrm_api.console.drawing.graph import Edge, Graph, Node, graph
from ocrm_api.console.drawing.lengths import Length, lengths
from ocrm_api.console.spelling import amount, parts

GROUPS: Final = (
    ("who", ("name", "kind", "status", "born", "gender", "nationality", "marital", "education")),
    ("documents", ("document:", "verified:")),
    ("contacts", ("phone:", "email", "address:")),
    ("work", ("employer", "occupation", "industry", "annual_income")),
    ("bank", ("risk", "rating", "branch", "manager")),
)
OWED: Final = ("loan",)
"""Kinds of holdings that the customer owes."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one record says of an attribute."""

    system: str
    customer_no: str
    parts: Sequence[str]
    since: int
    won: bool = False


@dataclass(frozen=True, slots=True)
class GoldenValue:
    attribute: str
    parts: Sequence[str]
    since: int
    system: str
    customer_no: str
    rule: str
    said: Sequence[Said]

    @property
    def disputed(self) -> bool:
        return any(one.parts != self.parts for one in self.said)


@dataclass(frozen=True, slots=True)
class Money:
    """What is held in one currency."""

    ccy: str
    owned: str
    owed: str
    bars: Sequence[Length]


@dataclass(frozen=True, slots=True)
class Portrait:
    name: str
    kind: str
    groups: Sequence[tuple[str, Sequence[GoldenValue]]]
    holdings: Sequence[tuple[str, str, Holding]]
    """(system, customer number, holding)"""
    money: Sequence[Money]
    relations: Graph | None


def portrait_of(party: PartyView, records: Sequence[Stored], staff: Any) -> Portrait:
    said = _said([stored.record for stored in records], staff)
    values = [
        _golden(attribute, survivor, said.get(attribute, ()), staff)
        for attribute, survivor in sorted(party.golden.values.items())
    ]
    held = [
        (stored.record.system, stored.record.customer_no, holding)
        for stored in records
        if stored.record.holdings is not None
        for holding in stored.record.holdings.items
    ]
    name = party.golden.values.get("name")
    return Portrait(
        name=str(name.value) if name else party.ecif_no,
        kind=party.golden.kind(),
        groups=_grouped(values),
        holdings=held,
        money=money([holding for _, _, holding in held]),
        relations=_relations(party, str(name.value) if name else ""),
    )


def _golden(attribute: str, survivor: Survivor, said: Iterable[Said], staff: Any) -> GoldenValue:
    shown = parts(attribute, staff.masked(attribute, survivor.value))
    lineage = (survivor.since, survivor.system, survivor.customer_no, survivor.rule)
    origin = (survivor.system, survivor.customer_no)
    marked = [replace(one, won=(one.system, one.customer_no) == origin) for one in said]
    return GoldenValue(attribute, shown, *lineage, marked)


def _said(records: Iterable[SourceRecord], staff: Any) -> dict[str, list[Said]]:
    """Contributions by the golden attribute they compete for."""
    found: dict[str, list[Said]] = {}
    for record in records:
        for name, state in record.attributes.items():
            if state.own is None or (name in FAMILIES and not state.own.value[0]):
                continue
            attribute, value = golden_place(name, state.own.value)
            shown = parts(attribute, staff.masked(attribute, value))
            one = Said(record.system, record.customer_no, shown, state.own.since)
            found.setdefault(attribute, []).append(one)
    return found


def _grouped(values: Sequence[GoldenValue]) -> list[tuple[str, list[GoldenValue]]]:
    """In the order people look for them; what no group names comes last."""
    left = list(values)
    groups = []
    for name, members in GROUPS:
        mine = [
            value for member in members for value in left
            if value.attribute == member or (member.endswith(":") and value.attribute.startswith(member))
        ]  # fmt: skip
        left = [value for value in left if value not in mine]
        if mine:
            groups.append((name, mine))
    return [*groups, *([("other", left)] if left else [])]


def money(holdings: Sequence[Holding]) -> list[Money]:
    """Totals by currency, what is owed apart, and each kind's share as a bar."""
    by_ccy: dict[str, dict[str, Decimal]] = {}
    for holding in holdings:
        if not holding.amount:
            continue
        kinds = by_ccy.setdefault(holding.ccy or "—", {})
        kinds[holding.kind] = kinds.get(holding.kind, Decimal(0)) + _decimal(holding.amount)
    return [_money(ccy, kinds) for ccy, kinds in sorted(by_ccy.items())]


def _money(ccy: str, kinds: dict[str, Decimal]) -> Money:
    owed = sum((total for kind, total in kinds.items() if kind in OWED), Decimal(0))
    owned = sum((total for kind, total in kinds.items() if kind not in OWED), Decimal(0))
    bars = lengths([(kind, float(total), amount(total), kind) for kind, total in sorted(kinds.items())])
    return Money(ccy, amount(owned), amount(owed), bars)


def _decimal(text: str | None) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)


def _relations(party: PartyView, name: str) -> Graph | None:
    """Those whom its own systems name."""
    golden: Golden = party.golden
    if not golden.relations:
        return None
    nodes, edges = [Node(party.ecif_no, name, golden.kind())], []
    for _, _, relation in golden.relations:
        id = f"{relation.name}/{relation.document}"
        if id not in {node.id for node in nodes}:
            nodes.append(Node(id, relation.name))
        edges.append(Edge(party.ecif_no, id, relation.type))
    return graph(party.ecif_no, nodes, edges)
