"""Relations as a picture: parties that the reader may see lead on, all others are only named as they were."""

from typing import Final

from ecif.relations import Node as Related
from ecif.relations import graph
from ocrm_api.access.identity import Staff
from ocrm_api.console.drawing import graph as drawing
from ocrm_api.console.kit import Kit
from ocrm_api.parties.past import shown_of

STEPS: Final = 2
MOST: Final = 28


def picture(kit: Kit, ecif_no: str, staff: Staff) -> drawing.Graph | None:
    """None where there is nobody to draw."""
    found = graph(kit.store(), ecif_no, STEPS, MOST)
    if found is None or not found.edges:
        return None
    nodes, edges = shown_of(kit.store(), found, staff)
    return drawing.graph(
        found.ecif_no,
        [_node(node) for node in nodes],
        [drawing.Edge(edge.source, edge.target, edge.type) for edge in edges],
    )


def _node(node: Related) -> drawing.Node:
    href = f"/console/customers/{node.ecif_no}" if node.ecif_no else ""
    return drawing.Node(node.id, node.name, node.kind or "person", node.ecif_no, href)
