"""A graph around one party: rings by distance, each branch in a sector as wide as it has leaves.

The radial drawing of a tree (Wills, "NicheWorks", 1999): a breadth-first tree from the middle decides the
places, edges that are not in it are drawn across.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

WIDTH, HEIGHT = 420.0, 340.0
_WIDE, _HIGH = 158.0, 112.0
ABOVE, BELOW = 28.0, 58.0
"""What a node takes up besides its middle."""


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    label: str
    kind: str = "person"
    note: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    start: str
    end: str
    label: str


@dataclass(frozen=True, slots=True)
class Placed:
    node: Node
    x: float
    y: float
    ring: int


@dataclass(frozen=True, slots=True)
class Drawn:
    edge: Edge
    x1: float
    y1: float
    x2: float
    y2: float
    x: float
    y: float
    """Of its label."""


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: Sequence[Placed]
    edges: Sequence[Drawn]
    width: float = WIDTH
    top: float = 0.0
    height: float = HEIGHT
    """Only what is used of it is drawn."""


def graph(middle: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    """Nodes that nothing ties to the middle are left out."""
    known = {node.id: node for node in nodes}
    tree, rings = _tree(middle, known, edges)
    angles: dict[str, float] = {}
    _spread(middle, tree, -pi, 2 * pi, angles)
    outer = max(rings.values(), default=0) or 1
    places = {id: _place(angles[id], ring / outer) for id, ring in rings.items()}
    placed = [Placed(known[id], *places[id], rings[id]) for id in rings]
    drawn = [
        _drawn(edge, *places[edge.start], *places[edge.end])
        for edge in edges
        if edge.start in places and edge.end in places and edge.start != edge.end
    ]
    top = min(one.y for one in placed) - ABOVE
    return Graph(
        placed, drawn, top=round(top, 1), height=round(max(one.y for one in placed) + BELOW - top, 1)
    )


def _tree(
    middle: str, known: Mapping[str, Node], edges: Sequence[Edge]
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Node → those that were first reached from it; node → its distance."""
    near: dict[str, list[str]] = {id: [] for id in known}
    for edge in edges:
        if edge.start in known and edge.end in known:
            near[edge.start].append(edge.end)
            near[edge.end].append(edge.start)
    tree: dict[str, list[str]] = {middle: []}
    rings, queue = {middle: 0}, [middle]
    for id in queue:
        for other in near[id]:
            if other not in rings:
                rings[other] = rings[id] + 1
                tree[id].append(other)
                tree[other] = []
                queue.append(other)
    return tree, rings


def _leaves(id: str, tree: Mapping[str, Sequence[str]]) -> int:
    return sum(_leaves(child, tree) for child in tree[id]) or 1


def _spread(
    id: str, tree: Mapping[str, Sequence[str]], start: float, width: float, angles: dict[str, float]
) -> None:
    angles[id] = start + width / 2
    every = _leaves(id, tree)
    for child in tree[id]:
        part = width * _leaves(child, tree) / every
        _spread(child, tree, start, part, angles)
        start += part


def _place(angle: float, far: float) -> tuple[float, float]:
    return round(WIDTH / 2 + cos(angle) * _WIDE * far, 1), round(HEIGHT / 2 + sin(angle) * _HIGH * far, 1)


def _drawn(edge: Edge, x1: float, y1: float, x2: float, y2: float) -> Drawn:
    """The label stands nearer to the outer end, where edges of one middle are further apart."""
    part = 0.55
    return Drawn(edge, x1, y1, x2, y2, round(x1 + (x2 - x1) * part, 1), round(y1 + (y2 - y1) * part, 1))
