"""Relations as a picture: parties that the reader may see lead on, all others are only named as they were."""

from typing import Final

from ecif.relations import Graph, graph
from ecif.relations import Node as Related
from ocrm_api.access.identity import Staff
from ocrm_api.console.drawing import graph as drawing
from ocrm_api.console.kit import Kit
from ocrm_api.parties.past import hidden_of

STEPS: Final = 2
MOST: Final = 28


def picture(kit: Kit, ecif_no: str, staff: Staff) -> drawing.Graph | None:
    """None where there is nobody to draw."""
    found = graph(kit.store(), ecif_no, STEPS, MOST)
    if found is None or not found.edges:
        return None
    hidden = hidden_of(kit.store(), [node.ecif_no for node in found.nodes if node.ecif_no], staff)
    seen = {node.id for node in found.nodes if node.ecif_no not in hidden}
    staff.saw(*(node.ecif_no for node in found.nodes if node.ecif_no and node.id in seen))
    nodes = [_node(node) for node in found.nodes if node.id in seen]
    return drawing.graph(_middle(found), nodes, _edges(found, seen))


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
