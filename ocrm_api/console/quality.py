"""How good each system's data is: shares as bars, counts as a table to sort, filter and take along."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from ecif.model import FAMILIES
from ocrm_api.access.identity import Staff, needs, whole_bank_only
from ocrm_api.console.drawing.lengths import Length
from ocrm_api.console.kit import Kit, asked_of, go, take_out
from ocrm_api.console.preferences import preferences_of
from ocrm_api.console.tables import Column, show
from ocrm_api.console.words import Translator
from ocrm_api.quality.routes import begun
from ocrm_api.quality.schema import AttributeFigures, Figures, SystemFigures

Reader = Annotated[Staff, needs("quality.read")]
Operator = Annotated[Staff, needs("operations.change")]
MEASURES: Final = ("completeness", "validity", "agreement")
GOOD, FAIR = 0.98, 0.9
"""From here on a share is drawn as good, as fair."""
COLUMNS: Final = (
    Column("system"),
    Column("attribute"),
    Column("records", "number"),
    Column("filled", "number"),
    Column("completeness", "number"),
    Column("faulty", "number"),
    Column("faults"),
    Column("validity", "number"),
    Column("differing", "number"),
    Column("agreement", "number"),
)


def quality_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/quality")

    @router.get("")
    def report(request: Request, staff: Reader, export: Annotated[str, Query(max_length=8)] = "") -> Response:
        whole_bank_only(staff)
        told, asked = kit.quality.report(), asked_of(request)
        t = kit.pages.words.translator(preferences_of(request).language)
        rows = rows_of(told.figures, t) if told.figures else []
        if export:
            return take_out(kit, request, staff, export, "quality", COLUMNS, "quality", rows, asked)
        return kit.pages.show(
            request, "quality/quality.html", staff, section="quality", told=told, measures=MEASURES,
            shown=show(COLUMNS, rows, asked), plots=_plots(told.figures, t) if told.figures else {},
            systems=_systems(told.figures) if told.figures else {},
        )  # fmt: skip

    @router.post("/count")
    def count(staff: Operator) -> Response:
        whole_bank_only(staff)
        begun(kit.quality)
        return go("/console/quality", "counting")

    return router


def rows_of(figures: Figures, t: Translator) -> list[dict[str, Any]]:
    return [
        {
            "system": name,
            "attribute": label(attribute, t),
            "records": one.records,
            "filled": one.filled,
            "completeness": percent(one.completeness),
            "faulty": sum(one.faults.values()),
            "faults": ", ".join(f"{_rule(rule, t)} {count}" for rule, count in one.faults.items()),
            "validity": percent(one.validity),
            "differing": one.differing,
            "agreement": percent(one.agreement),
        }
        for name, system in figures.systems.items()
        for attribute, one in system.attributes.items()
    ]  # fmt: skip


def label(attribute: str, t: Translator) -> str:
    """A system's single place for any document, phone or address is an attribute of its own."""
    if attribute in FAMILIES:
        return t.of("quality.family", attribute)
    return t.of("attribute", attribute.replace(":", "."))


def _rule(rule: str, t: Translator) -> str:
    return t.of("quality.fault", rule.replace(" ", "_"))


def percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def mean(system: SystemFigures, measure: str) -> float | None:
    """Over its attributes, each weighing the same."""
    shares = [share for one in system.attributes.values() if (share := getattr(one, measure)) is not None]
    return sum(shares) / len(shares) if shares else None


def _systems(figures: Figures) -> Mapping[str, list[Length]]:
    """Measure → a bar a system."""
    return {
        measure: [bar(name, mean(system, measure)) for name, system in figures.systems.items()]
        for measure in MEASURES
    }


def _plots(figures: Figures, t: Translator) -> Mapping[str, Mapping[str, list[Length]]]:
    """System → measure → a bar an attribute."""
    return {
        name: {measure: _bars(system.attributes, measure, t) for measure in MEASURES}
        for name, system in figures.systems.items()
    }


def _bars(attributes: Mapping[str, AttributeFigures], measure: str, t: Translator) -> list[Length]:
    return [bar(label(name, t), getattr(one, measure)) for name, one in attributes.items()]


def bar(label: str, share: float | None) -> Length:
    """All of a share is the whole width, whatever stands beside it."""
    if share is None:
        return Length(label, 0.0, "–")
    mark = "share-good" if share >= GOOD else "share-fair" if share >= FAIR else "share-poor"
    return Length(label, round(100 * share, 2), f"{100 * share:.1f} %", mark)
