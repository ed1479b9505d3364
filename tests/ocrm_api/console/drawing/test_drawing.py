"""Geometry of the charts: what stands where."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ocrm_api.console.drawing.columns import HEIGHT, Stack, columns
from ocrm_api.console.drawing.graph import HEIGHT as GRAPH_HEIGHT
from ocrm_api.console.drawing.graph import WIDTH as GRAPH_WIDTH
from ocrm_api.console.drawing.graph import Edge, Node, graph
from ocrm_api.console.drawing.lengths import lengths
from ocrm_api.console.drawing.scale import nice_step, ticks, told
from ocrm_api.console.drawing.waterfall import Weight, waterfall

FIGURES = st.integers(0, 10**9)


def test_axis_figures_are_round() -> None:
    assert ticks(7) == [0, 2, 4, 6, 8]
    assert ticks(1000) == [0, 500, 1000]
    assert [told(1500), told(0), told(2_000_000)] == ["1.5k", "0", "2M"]


@given(st.floats(1e-6, 1e12))
def test_a_step_is_one_two_or_five(span: float) -> None:
    digits = f"{nice_step(span):.0e}"
    assert digits[0] in "125"


@given(st.lists(st.tuples(FIGURES, FIGURES), max_size=70))
def test_columns_stand_on_each_other_and_stay_inside(figures: list[tuple[int, int]]) -> None:
    chart = columns([Stack(str(n), parts) for n, parts in enumerate(figures)])
    for group in chart.groups:
        for bar in group.bars:
            assert bar.y >= -0.1
            assert bar.y + bar.height <= HEIGHT
        for lower, upper in pairwise(group.bars):
            assert abs(upper.y + upper.height - lower.y) < 0.1


def test_the_longest_fills_the_width_and_little_is_seen() -> None:
    bars = lengths([("a", 1000.0, "", ""), ("b", 1.0, "", ""), ("c", 0.0, "", "")])
    assert [bar.width for bar in bars] == [100.0, 1.0, 0.0]


@given(st.lists(st.floats(-30, 30), max_size=12))
def test_a_waterfall_goes_from_nothing_to_the_score(weights: list[float]) -> None:
    chart = waterfall([Weight(str(n), weight) for n, weight in enumerate(weights)], "score", [(5.0, "link")])
    assert len(chart.steps) == len(weights) + 1
    assert chart.steps[-1].text == f"{sum(weights):+.1f}" or abs(sum(weights)) < 0.06
    for step in chart.steps:
        assert step.x >= -0.1
        assert step.x + step.width <= chart.width


def test_related_ones_stand_around_the_middle_and_strangers_are_left_out() -> None:
    nodes = [Node(id, id) for id in "mabcx"]
    edges = [Edge("m", "a", "s"), Edge("b", "m", "g"), Edge("b", "c", "s"), Edge("c", "a", "x")]
    drawn = graph("m", nodes, edges)
    assert {placed.node.id: placed.ring for placed in drawn.nodes} == {"m": 0, "a": 1, "b": 1, "c": 2}
    assert len(drawn.edges) == 4
    middle = drawn.nodes[0]
    assert (middle.x, middle.y) == (GRAPH_WIDTH / 2, GRAPH_HEIGHT / 2)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_any_graph_fits_its_frame_without_two_in_one_place(pairs: list[tuple[int, int]]) -> None:
    nodes = [Node(str(n), str(n)) for n in range(13)]
    drawn = graph("0", nodes, [Edge(str(a), str(b), "") for a, b in pairs])
    places = [(placed.x, placed.y) for placed in drawn.nodes]
    assert len(set(places)) == len(places)
    assert all(0 <= x <= GRAPH_WIDTH and 0 <= y <= GRAPH_HEIGHT for x, y in places)
