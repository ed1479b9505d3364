"""The quality of the systems' data as a page that stands alone: tables, and plots drawn by pygal.

Plots are SVG in the page itself, without scripts: nothing is fetched from anywhere.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from lxml import etree

from ecif.quality import AttributeQuality, Quality, SystemQuality, shares
from gateway.document import Block, Heading, Picture, Table, Text

_LOOK: Mapping[str, Any] = {
    "background": "transparent", "plot_background": "transparent", "font_family": "sans-serif",
    "colors": ("#2b6cb0", "#2f855a", "#b7791f"), "label_font_size": 11, "legend_font_size": 12,
    "title_font_size": 14,
}  # fmt: skip
_MEASURES: Mapping[str, str] = {
    "completeness": "filled", "validity": "without a known fault", "agreement": "as the golden record",
}  # fmt: skip


def pages(found: Quality, title: str, when: str) -> Iterator[Block]:
    yield Heading(1, title)
    yield Text(f"{when}: {found.parties} customers, {found.source_records} source records.")
    yield Text(
        "Counts only, no customer's value. Filled: of the customers that the field is for. Without a known "
        "fault: check digits, dates, placeholders. As the golden record: of the values whose golden value "
        "the system could write."
    )
    yield Heading(2, "Systems")
    yield _overview(found)
    yield Picture(_summary(found), "Mean of each system's attributes, in percent")
    for name, system in found.systems.items():
        yield Heading(2, name)
        yield Picture(_plot(name, system), f"Attributes of {name}, in percent")
        yield _details(system)


def _overview(found: Quality) -> Table:
    header = ("System", "Source records", "Customers", "Duplicates", *map(str.capitalize, _MEASURES.values()))
    rows = [
        (name, str(one.records), str(one.customers), str(one.duplicates),
         *(_percent(mean(one, measure)) for measure in _MEASURES))
        for name, one in found.systems.items()
    ]  # fmt: skip
    return Table(header, rows)


def mean(system: SystemQuality, measure: str) -> float | None:
    """Over its attributes, each weighing the same."""
    told = [share for one in system.attributes.values() if (share := shares(one)[measure]) is not None]
    return sum(told) / len(told) if told else None


def _details(system: SystemQuality) -> Table:
    header = (
        "Attribute", "For", "Filled", "%", "Faulty", "of which", "Compared", "Differing", "Agreement %"
    )  # fmt: skip
    return Table(header, [_row(name, one) for name, one in system.attributes.items()])


def _row(name: str, one: AttributeQuality) -> tuple[str, ...]:
    share = shares(one)
    why = ", ".join(f"{rule}: {count}" for rule, count in one.faults.items())
    return (
        name, str(one.records), str(one.filled), _percent(share["completeness"]), str(one.faulty), why,
        str(one.compared), str(one.differing), _percent(share["agreement"]),
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


# ---------------------------------------------------------------- plots


def _summary(found: Quality) -> str:
    chart = _chart(list(found.systems), 90 + 46 * len(found.systems))
    for measure, told in _MEASURES.items():
        chart.add(told, [_value(mean(system, measure)) for system in found.systems.values()])
    return _drawn(chart)


def _plot(name: str, system: SystemQuality) -> str:
    chart = _chart(list(system.attributes), 90 + 40 * len(system.attributes))
    chart.title = name
    for measure, told in _MEASURES.items():
        chart.add(told, [_value(shares(one)[measure]) for one in system.attributes.values()])
    return _drawn(chart)


def _value(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _chart(labels: list[str], height: int) -> Any:
    library = _library()
    chart = library.HorizontalBar(
        js=(), style=library.style.Style(**_LOOK), range=(0, 100), height=height, width=900,
        legend_at_bottom=True, show_x_guides=False, no_data_text="", margin=8, explicit_size=True,
    )  # fmt: skip
    chart.x_labels = labels
    return chart


@cache
def _library() -> Any:
    """pygal, without the finder it adds for its maps: every later import that fails would warn of it."""
    finders = list(sys.meta_path)
    library = import_module("pygal")
    sys.meta_path[:] = finders
    return library


def _drawn(chart: Any) -> str:
    """Without the library's scripts and comments: they move tooltips and name hosts."""
    tree = chart.render_tree()
    etree.strip_elements(tree, "{*}script", etree.Comment, with_tail=False)
    text: str = etree.tostring(tree, encoding="unicode")
    return text
