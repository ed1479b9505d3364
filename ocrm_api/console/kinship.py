"""Relations as a picture: parties that the reader may see lead on, all others are only named as they were."""

from typing import Final

from ecif.relations import Graph, graph
from ecif.relations import Node as Related
from ocrm_api.access.identity import Staff
from ocrm_api.console.drawing import graph as drawing
from ocrm_api.console.kit import Kit

STEPS: Final = 2
MOST: Final = 28


def picture(kit: Kit, ecif_no: str, staff: Staff) -> drawing.Graph | None:
    """None where there is nobody to draw."""
    found = graph(kit.store(), ecif_no, STEPS, MOST)
    if found is None or not found.edges:
        return None
    seen = {node.id for node in found.nodes if _seen(kit, node, staff)}
    staff.saw(*(node.ecif_no for node in found.nodes if node.ecif_no and node.id in seen))
    nodes = [_node(node) for node in found.nodes if node.id in seen]
    return drawing.graph(_middle(found), nodes, _edges(found, seen))


def _seen(kit: Kit, node: Related, staff: Staff) -> bool:
    if not node.ecif_no or staff.scope.whole:
        return True
    party = kit.source.party(node.ecif_no)
    return party is not None and staff.scope.sees(party.golden)


def _middle(found: Graph) -> str:
    return found.nodes[0].id


def _node(node: Related) -> drawing.Node:
    href = f"/console/customers/{node.ecif_no}" if node.ecif_no else ""
    return drawing.Node(node.id, node.name, node.kind or "person", node.ecif_no, href)


def _edges(found: Graph, seen: set[str]) -> list[drawing.Edge]:
    return [
        drawing.Edge(edge.source, edge.target, edge.type)
        for edge in found.edges
        if edge.source in seen and edge.target in seen
    ]
