"""Beneficial owners: the people at the end of the chains of shareholders.

Regulation (EU) 2024/1624 (AMLR), Article 52: an ownership interest is 25 % or more of the shares, held
directly or indirectly; indirect holdings are the product of the shares along a chain, and the products of all
chains are added. Most rules that follow FATF Recommendation 24 use the same 25 %, some as "more than": the
exact figure is told, and the threshold is the caller's. A company's shares in itself through others
(cross-holdings) count for nobody: a chain names each company once.

Who is reported as a beneficial owner is told beside those that follow from shares. Where a chain ends at a
company whose shareholders are not known, or a share is not told, the result says that it is not complete.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from ecif.relations import Edge, Node, Weaver, percent
from ecif.store import reports
from ecif.store.store import Store

THRESHOLD: Final = Decimal(25)
LAYERS: Final = 12
MOST_COMPANIES: Final = 1_000
MOST_STEPS: Final = 100_000
_LEAST: Final = Decimal("0.0001")
"""Percent; a chain is followed no further below it."""

Shares = Mapping[str, Mapping[str, Decimal]]
"""Company → who holds how much of it, percent."""


class Chain(msgspec.Struct, frozen=True):
    """One way from the company to an owner."""

    through: tuple[str, ...]
    """Nodes from the company to the owner, both included."""
    percent: Decimal


class Owner(msgspec.Struct, frozen=True):
    node: Node
    percent: Decimal
    """Of all chains together."""
    chains: tuple[Chain, ...]
    declared: bool
    """Also, or only, reported as a beneficial owner."""


class Ownership(msgspec.Struct, frozen=True):
    ecif_no: str
    threshold: Decimal
    owners: tuple[Owner, ...]
    """People with the threshold or more, and those who are declared; the largest share first."""
    open_ends: tuple[Owner, ...]
    """Companies with the threshold or more whose own shareholders are not known."""
    representatives: tuple[Node, ...]
    """Legal representatives of the company: whom the rules fall back on where there is no owner."""
    complete: bool
    """Every share is told and every chain followed."""
    nodes: Mapping[str, Node] = {}
    """Everybody who is named in a chain, by id."""


def beneficial_owners(store: Store, ecif_no: str, threshold: Decimal = THRESHOLD) -> Ownership | None:
    """None where the number was never given."""
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        if head is None:
            return None
        weaver = Weaver(connection, head, MOST_COMPANIES)
        for _ in range(LAYERS):
            weaver.grow_outward()
    return _ownership(head, threshold, weaver.nodes, list(weaver.edges()), weaver.complete)


def _ownership(
    head: str, threshold: Decimal, nodes: Mapping[str, Node], edges: list[Edge], complete: bool
) -> Ownership:
    shares, told = _shares(edges)
    chains, followed = chains_of(head, shares)
    declared = {edge.target for edge in edges if edge.source == head and edge.type == "beneficial_owner"}
    owners = [
        Owner(nodes[id], sum((chain.percent for chain in found), Decimal()), tuple(found), id in declared)
        for id, found in {**dict.fromkeys(declared, ()), **chains}.items()
    ]
    owners.sort(key=lambda owner: (-owner.percent, owner.node.id))
    large = [owner for owner in owners if owner.percent >= threshold or owner.declared]
    return Ownership(
        ecif_no=head,
        threshold=threshold,
        owners=tuple(owner for owner in large if owner.node.kind != "organization"),
        open_ends=tuple(o for o in large if o.node.kind == "organization" and o.node.id not in shares),
        representatives=tuple(
            nodes[e.target] for e in edges if e.source == head and e.type == "legal_representative"
        ),
        complete=complete and told and followed,
        nodes={id: nodes[id] for owner in large for chain in owner.chains for id in chain.through},
    )


def _shares(edges: Iterable[Edge]) -> tuple[Shares, bool]:
    """And whether each is told. A parent company with a share is a shareholder."""
    shares: dict[str, dict[str, Decimal]] = defaultdict(dict)
    told = True
    for edge in edges:
        if edge.type not in ("shareholder", "parent_company"):
            continue
        held = percent(edge.share)
        if held is not None:
            shares[edge.source][edge.target] = max(held, shares[edge.source].get(edge.target, Decimal()))
        elif edge.type == "shareholder":
            told = False
    return shares, told


def chains_of(company: str, shares: Shares) -> tuple[dict[str, list[Chain]], bool]:
    """Owner → every chain to it; and whether all were followed."""
    found: dict[str, list[Chain]] = defaultdict(list)
    waiting = [Chain((company,), Decimal(100))]
    for _ in range(MOST_STEPS):
        if not waiting:
            return found, True
        chain = waiting.pop()
        for owner, held in sorted(shares.get(chain.through[-1], {}).items()):
            longer = Chain((*chain.through, owner), chain.percent * held / 100)
            if owner in chain.through or longer.percent < _LEAST:
                continue
            found[owner].append(longer)
            waiting.append(longer)
    return found, False
