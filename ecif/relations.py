"""Who belongs to whom: relations that systems and staff report, as a graph of parties.

A relation stands in a source record of one party ("the spouse of this customer is …") and names the other by
document and name. Whom it means is found when it is read: whoever carries that document, in any way of
writing it, under a compatible name. So a relation to somebody who is not yet a customer is kept as it was
said and is linked the moment that person appears, without a row being rewritten; at any size this is one
lookup by index a step. A name alone links nobody. Read backwards, it shows who names a party.

An edge goes from the party whose record says it to the one it names, and its type says what the latter is to
the former: `spouse`, `guarantor`, `legal_representative`, `shareholder`, `beneficial_owner`,
`parent_company`, `emergency_contact`.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from ecif.identity import compatible_names, plain_name
from ecif.model import SLOT_ORDER, Key
from ecif.store import relating, reports
from ecif.store.relating import Brief, Reported
from ecif.store.reports import View
from ecif.store.store import Store

DEEPEST: Final = 6
MOST_NODES: Final = 500

_PERSONAL: Final = frozenset(SLOT_ORDER["document", "person"]) - {"other"}
_CORPORATE: Final = frozenset(SLOT_ORDER["document", "organization"]) - {"other"}


class Node(msgspec.Struct, frozen=True):
    """Somebody in the graph, a customer or not."""

    id: str
    """The ECIF number, or what stands for somebody who is no customer."""
    ecif_no: str
    """"" for somebody who is no customer."""
    kind: str
    """person, organization; "" where nothing tells."""
    name: str
    document: tuple[str, str] | None
    """(type, number) that somebody who is no customer was named by."""
    depth: int
    """Steps from the party that was asked for."""


class Edge(msgspec.Struct, frozen=True):
    source: str
    target: str
    type: str
    """What the target is to the source."""
    share: str | None
    """Of a shareholder, percent; the largest that is reported."""
    since: int
    reported_by: tuple[Key, ...]
    """Source records that say so."""


class Graph(msgspec.Struct, frozen=True):
    ecif_no: str
    nodes: tuple[Node, ...]
    """The party that was asked for first."""
    edges: tuple[Edge, ...]
    complete: bool
    """False: there are more than so many nodes."""


def graph(store: Store, ecif_no: str, depth: int = 1, most: int = MOST_NODES) -> Graph | None:
    """All within `depth` steps, in both directions. None where the number was never given."""
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        if head is None:
            return None
        weaver = Weaver(connection, head, most)
        for _ in range(min(depth, DEEPEST)):
            weaver.grow()
    return Graph(head, tuple(weaver.nodes.values()), tuple(weaver.edges()), weaver.complete)


class Weaver:
    """Grows the graph step by step around one party."""

    def __init__(self, connection: View, head: str, most: int = MOST_NODES) -> None:
        self._connection, self._most = connection, most
        self._depth, self.complete = 0, True
        self.nodes: dict[str, Node] = {}
        self._said: dict[tuple[str, str, str], list[Reported]] = {}
        self._frontier: set[str] = {head}
        self._customer(relating.briefs(connection, [head])[head])

    def grow_outward(self) -> None:
        """One step further from the parties that the last one found, to those they name."""
        self._take(set(relating.reported_by(self._connection, self._frontier)))

    def grow(self) -> None:
        """One step further, also to those who name them."""
        keys = relating.documents_of(self._connection, self._frontier)
        naming = relating.reported_of(self._connection, {key for own in keys.values() for key in own})
        self._take({*relating.reported_by(self._connection, self._frontier), *naming})

    def _take(self, rows: Collection[Reported]) -> None:
        frontier, self._frontier = self._frontier, set()
        self._depth += 1
        meant = _meant(self._connection, rows)
        sources = relating.briefs(self._connection, {row.head for row in rows})
        for row in sorted(rows):
            target = meant.get(row)
            if row.head in frontier or (target is not None and target.ecif_no in frontier):
                self._link(row, sources[row.head], target)

    def _link(self, row: Reported, source: Brief, target: Brief | None) -> None:
        if target is not None and target.ecif_no == source.ecif_no:
            return
        one, other = self._customer(source), self._customer(target) if target else self._stranger(row)
        if one and other:
            known = self._said.setdefault((one, other, row.type), [])
            if row not in known:
                known.append(row)

    def _customer(self, brief: Brief) -> str:
        if brief.ecif_no not in self.nodes and self._room():
            self._frontier.add(brief.ecif_no)
            self.nodes[brief.ecif_no] = Node(
                brief.ecif_no, brief.ecif_no, brief.kind, brief.name, None, self._depth
            )
        return brief.ecif_no if brief.ecif_no in self.nodes else ""

    def _stranger(self, row: Reported) -> str:
        # Without a document two of one name are two people.
        id = f"document:{row.key}" if row.key else f"name:{row.head}:{plain_name(row.name)}"
        if id not in self.nodes and self._room():
            document = (row.document_type, row.document_no) if row.document_no else None
            self.nodes[id] = Node(id, "", kind_of(row.document_type), row.name, document, self._depth)
        return id if id in self.nodes else ""

    def _room(self) -> bool:
        self.complete = self.complete and len(self.nodes) < self._most
        return self.complete

    def edges(self) -> Iterable[Edge]:
        for (source, target, type), rows in sorted(self._said.items()):
            yield Edge(
                source=source,
                target=target,
                type=type,
                share=_largest(row.share for row in rows),
                since=min(row.since for row in rows),
                reported_by=tuple(sorted({(row.system, row.customer_no) for row in rows})),
            )


def _meant(connection: View, rows: Collection[Reported]) -> Mapping[Reported, Brief]:
    """Whom each relation names, where that is a customer; the lowest number where several are."""
    holders = relating.holders(connection, {row.key for row in rows if row.key})
    briefs = relating.briefs(connection, {number for found in holders.values() for number in found})
    meant: dict[Reported, Brief] = {}
    for row in rows:
        for number in holders.get(row.key, ()):
            brief = briefs[number]
            if not row.name or compatible_names(brief.name, row.name):
                meant[row] = brief
                break
    return meant


def kind_of(document_type: str) -> str:
    if document_type in _PERSONAL:
        return "person"
    return "organization" if document_type in _CORPORATE else ""


def percent(share: str | None) -> Decimal | None:
    """None where none is told or it cannot be one."""
    try:
        found = Decimal(share) if share else None
    except InvalidOperation:
        return None
    return found if found is not None and 0 <= found <= 100 else None


def _largest(shares: Iterable[str]) -> str | None:
    told = [(found, share) for share in shares if (found := percent(share)) is not None]
    return max(told)[1] if told else None
