"""The past of a customer and who belongs to whom, within scope and masked."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ecif import history, relations
from ecif.store import following, privacy
from ecif.store.store import Store
from ocrm_api.parties.reading import (
    RESTRICTED_READS,
    NotThere,
    Reader,
    golden_values,
    moment,
    related,
    resolved,
    shown,
    visible,
)
from ocrm_api.parties.schema import GoldenValue, Member, Related, Shown


class Changed(msgspec.Struct, frozen=True):
    """What became of one attribute."""

    attribute: str
    before: Shown | None
    after: Shown | None
    since: datetime
    """When the new value began to hold."""
    system: str
    customer_no: str
    rule: str


class Happened(msgspec.Struct, frozen=True):
    """One event."""

    ecif_no: str
    seq: int
    version: int
    stored_at: datetime
    holds_from: datetime
    cause: str
    system: str
    message_id: str
    customer_no: str
    actor: str
    reason: str
    changes: list[Changed]
    came: list[Member]
    went: list[Member]
    merged_into: str | None


class Timeline(msgspec.Struct, frozen=True):
    items: list[Happened]
    next: str | None


class AsOf(msgspec.Struct, frozen=True):
    """One party at one moment."""

    ecif_no: str
    """The number that led to it then."""
    version: int
    changed_at: datetime
    values: dict[str, GoldenValue]
    relations: list[Related]
    members: list[Member]
    merged: list[str]
    complete: bool
    """False: older history was pruned."""


class Node(msgspec.Struct, frozen=True):
    id: str
    ecif_no: str
    """"" for somebody who is no customer."""
    kind: str
    name: str
    document_type: str | None
    document_number: str | None
    depth: int


class Edge(msgspec.Struct, frozen=True):
    source: str
    target: str
    type: str
    """What the target is to the source."""
    share: str | None
    since: datetime
    reported_by: list[Member]


class GraphAnswer(msgspec.Struct, frozen=True):
    ecif_no: str
    nodes: list[Node]
    edges: list[Edge]
    complete: bool


def timeline(store: Store, ecif_no: str, reader: Reader, cursor: str, limit: int) -> Timeline:
    resolved(store, ecif_no, reader)
    page = history.events(store, ecif_no, cursor, limit)
    return Timeline([_happened(one, reader) for one in page.events], page.next or None)


def as_of(store: Store, ecif_no: str, reader: Reader, held_at: int | None, known_at: int | None) -> AsOf:
    """Scope is judged by the party as it is now: whose customer it was then opens nothing."""
    visible(store, [ecif_no], reader)
    found = history.as_of(store, ecif_no, held_at, known_at)
    if found is None:
        raise NotThere
    return AsOf(
        ecif_no=found.ecif_no,
        version=found.version,
        changed_at=moment(found.changed_at),
        values=golden_values(found.golden, reader),
        relations=related(found.golden, reader),
        members=[Member(*key) for key in found.golden.members],
        merged=list(found.merged),
        complete=found.complete,
    )


def graph(store: Store, ecif_no: str, reader: Reader, depth: int) -> GraphAnswer:
    """Customers out of scope are left out, and whoever is reached through them alone."""
    resolved(store, ecif_no, reader)
    found = relations.graph(store, ecif_no, depth)
    if found is None:
        raise NotThere
    nodes, edges = shown_of(store, found, reader)
    # A stranger's own id tells the document it was named by.
    names = {node.id: node.ecif_no or f"stranger-{place}" for place, node in enumerate(nodes)}
    return GraphAnswer(
        ecif_no=ecif_no,
        nodes=[_node(node, names[node.id], reader) for node in nodes],
        edges=[_edge(edge, names) for edge in edges],
        complete=found.complete,
    )


def shown_of(
    store: Store, found: relations.Graph, reader: Reader
) -> tuple[list[relations.Node], list[relations.Edge]]:
    """What this reader is shown of a graph: whoever is reached past nobody hidden, and what ties them."""
    hidden = hidden_of(store, [node.ecif_no for node in found.nodes if node.ecif_no], reader)
    edges = [edge for edge in found.edges if not hidden.intersection((edge.source, edge.target))]
    reached: set[str] = set()
    frontier = {found.ecif_no}
    while frontier:
        reached |= frontier
        touched = (edge for edge in edges if frontier.intersection((edge.source, edge.target)))
        frontier = {end for edge in touched for end in (edge.source, edge.target)} - reached
    nodes = [node for node in found.nodes if node.id in reached]
    reader.saw(*(node.ecif_no for node in nodes if node.ecif_no))
    return nodes, [edge for edge in edges if edge.source in reached]


def hidden_of(store: Store, numbers: Collection[str], reader: Reader) -> set[str]:
    """Those of these customers that this reader is not shown."""
    with store.reading() as connection:
        hidden = set() if reader.may(RESTRICTED_READS) else privacy.restricted(connection, numbers)
        if not reader.scope.whole:
            found = following.parties(connection, numbers)
            hidden |= {no for no in numbers if no not in found or not reader.scope.sees(found[no].golden)}
    return hidden


def _happened(one: history.Event, reader: Reader) -> Happened:
    return Happened(
        ecif_no=one.ecif_no,
        seq=one.seq,
        version=one.version,
        stored_at=moment(one.stored_at),
        holds_from=moment(one.holds_from),
        cause=one.cause,
        system=one.system,
        message_id=one.message_id,
        customer_no=one.customer_no,
        actor=one.actor,
        reason=one.reason,
        changes=[
            Changed(
                change.attribute, _maybe(change.attribute, change.before, reader),
                _maybe(change.attribute, change.after, reader), moment(change.since), change.system,
                change.customer_no, change.rule,
            )
            for change in one.changes
        ],
        came=[Member(*key) for key in one.came],
        went=[Member(*key) for key in one.went],
        merged_into=one.merged_into,
    )  # fmt: skip


def _maybe(attribute: str, value: Any, reader: Reader) -> Shown | None:
    return None if value is None else shown(attribute, value, reader)


def _node(node: relations.Node, name: str, reader: Reader) -> Node:
    kind, number = node.document or (None, None)
    masked = str(reader.masked("document", (kind, number))[1]) if number else None
    return Node(name, node.ecif_no, node.kind, node.name, kind, masked, node.depth)


def _edge(edge: relations.Edge, names: Mapping[str, str]) -> Edge:
    return Edge(
        names[edge.source], names[edge.target], edge.type, edge.share, moment(edge.since),
        [Member(*key) for key in edge.reported_by],
    )  # fmt: skip
