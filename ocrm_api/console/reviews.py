"""The review desk: questions, both sides beside each other, what a decision would do, and deciding by key."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif.decisions import Merge
from ecif.model import Value
from ecif.previewing import Preview
from ecif.review_queue import Review
from ecif.side_by_side import Evidence
from ecif.stewardship import NotPossible
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.drawing.waterfall import Waterfall, Weight, waterfall
from ocrm_api.console.kit import (
    Kit,
    asked_of,
    go,
    may_take_customers_out,
    now,
    read_form,
    reason_of,
    take_out,
)
from ocrm_api.console.portrait import order_of
from ocrm_api.console.preferences import preferences_of
from ocrm_api.console.spelling import parts
from ocrm_api.console.tables import Column, show
from ocrm_api.console.words import Translator
from ocrm_api.parties.reading import NotThere, Restricted, visible

Reader = Annotated[Staff, needs("reviews.read")]
Decider = Annotated[Staff, needs("reviews.decide")]
Form = Annotated[dict[str, str], Depends(read_form)]
Task = Annotated[int, Path(ge=1, le=2**53)]
COLUMNS: Final = (
    Column("opened", "tight"),
    Column("kind_column"),
    Column("one"),
    Column("other"),
    Column("rule"),
    Column("score", "number"),
    Column("assignee"),
)
MOST: Final = 200
LEAST: Final = 0.05
LONGEST: Final = 30.0
"""Of one weight in the chart, log2 odds."""


def review_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/reviews")

    @router.get("")
    def reviews(
        request: Request, staff: Reader, state: Annotated[str, Query(pattern="^(open|closed)?$")] = "open",
        export: Annotated[str, Query(max_length=8)] = "",
    ) -> Response:  # fmt: skip
        page = kit.source.act(lambda service: service.reviews(state=state or "open", limit=MOST))
        names = Names(kit, staff)
        rows = [_row(one, names) for one in page.reviews if names.all_seen(one.ecif_no, one.other)]
        asked = asked_of(request, "state")
        if export:
            may_take_customers_out(staff)
            return take_out(kit, request, staff, export, "reviews", COLUMNS, "review", rows, asked)
        return kit.pages.show(
            request, "reviews/list.html", staff, section="reviews", shown=show(COLUMNS, rows, asked),
            state=state or "open",
            first=next((row["task"] for row in rows if row["assignee"] in ("", staff.name)), None),
        )  # fmt: skip

    @router.get("/{task}", response_class=HTMLResponse)
    def review(request: Request, task: Task, staff: Reader) -> HTMLResponse:
        found = _review(kit, task, staff)
        evidence = kit.source.act(lambda service: service.evidence(task))
        preview = _preview(kit, found)
        translate = kit.pages.words.translator(preferences_of(request).language)
        return kit.pages.show(
            request, "reviews/one.html", staff, section="reviews", review=found, evidence=evidence,
            rows=compared(evidence, staff), chart=_chart(evidence, translate), preview=preview,
            previewed=shown_preview(preview, staff) if preview else None,
            versions=versions_field(preview.versions if preview else {}),
        )  # fmt: skip

    @router.post("/{task}/merge")
    def link(task: Task, staff: Decider, form: Form) -> Response:
        _review(kit, task, staff)
        reason, expected = reason_of(form), versions_of(form)
        outcome = kit.source.act(
            lambda service: service.link(
                task, actor=staff.name, reason=reason, now=now(), expected=expected, request=_once(form)
            )
        )
        return go(_next(kit, staff, task), "waiting" if outcome.state == "proposed" else "merged")

    @router.post("/{task}/separate")
    def separate(task: Task, staff: Decider, form: Form) -> Response:
        found = _review(kit, task, staff)
        reason = reason_of(form)

        def act(service: Any) -> Any:
            by = {"actor": staff.name, "reason": reason, "now": now()}
            return service.separate(task, **by) if found.other else service.dismiss(task, **by, task=task)

        outcome = kit.source.act(act)
        return go(_next(kit, staff, task), "waiting" if outcome.state == "proposed" else "different")

    @router.post("/{task}/later")
    def later(task: Task, staff: Decider) -> Response:
        """Nothing is decided; the next question comes, and others may take this one."""
        if _review(kit, task, staff).assignee == staff.name:
            kit.desk.claim(task, staff, give_back=True)
        return go(_next(kit, staff, task), "later")

    @router.post("/{task}/take")
    def take(task: Task, staff: Decider, form: Form) -> Response:
        """Mine from now on. Whoever has it already is named by the page that was looked at."""
        kit.desk.claim(task, staff, taken_from=form.get("taken_from", "")[:80])
        return go(f"/console/reviews/{task}", "taken")

    @router.post("/{task}/give-back")
    def give_back(task: Task, staff: Decider) -> Response:
        kit.desk.claim(task, staff, give_back=True)
        return go(f"/console/reviews/{task}", "given_back")

    return router


class Names:
    """Names of parties for lists, and whether the reader may see them at all; each read once."""

    def __init__(self, kit: Kit, staff: Staff) -> None:
        self._kit, self._staff = kit, staff
        self._known: dict[str, str | None] = {}

    def name(self, ecif_no: str) -> str:
        return self._of(ecif_no) or ""

    def all_seen(self, *ecif_nos: str) -> bool:
        return all(self._of(one) is not None for one in ecif_nos if one)

    def _of(self, ecif_no: str) -> str | None:
        if ecif_no not in self._known:
            self._known[ecif_no] = self._read(ecif_no)
        return self._known[ecif_no]

    def _read(self, ecif_no: str) -> str | None:
        party = self._kit.source.party(ecif_no)
        if party is None:
            return None
        try:
            visible(self._kit.store(), [party.ecif_no], self._staff)
        except (NotThere, Restricted):
            return None
        name = party.golden.values.get("name")
        return str(name.value) if name else party.ecif_no


def _row(one: Review, names: Names) -> dict[str, Any]:
    return {
        "task": one.id,
        "opened": one.opened_at,
        "kind_column": one.kind,
        "one": names.name(one.ecif_no),
        "one_no": one.ecif_no,
        "other": names.name(one.other) if one.other else "",
        "other_no": one.other,
        "rule": one.rule,
        "score": None if one.score is None else round(one.score, 1),
        "assignee": one.assignee,
        "answer": one.answer,
    }


def _review(kit: Kit, task: int, staff: Staff) -> Review:
    """404 also where one of its parties is out of scope."""
    try:
        found = kit.source.act(lambda service: service.review(task))
    except NotPossible:
        raise HTTPException(404, "no such review") from None
    if not Names(kit, staff).all_seen(found.ecif_no, found.other):
        raise HTTPException(404, "no such review")
    return found


def _preview(kit: Kit, found: Review) -> Preview | None:
    if not found.other or found.closed_at or found.other == found.ecif_no:
        return None
    try:
        return kit.source.act(lambda service: service.preview(Merge(*found.pair()), now=now()))
    except NotPossible:
        return None


def _next(kit: Kit, staff: Staff, task: int) -> str:
    """The next open question after this one that the reader may see and nobody else works on, or the list."""
    page = kit.source.act(lambda service: service.reviews(limit=MOST))
    names = Names(kit, staff)
    free = [one for one in page.reviews if one.id != task and one.assignee in ("", staff.name)]
    seen = [one.id for one in free if names.all_seen(one.ecif_no, one.other)]
    following = next((one for one in seen if one > task), seen[0] if seen else None)
    return f"/console/reviews/{following}" if following else "/console/reviews"


def compared(evidence: Evidence, staff: Staff) -> list[dict[str, Any]]:
    """Attribute by attribute, in the order people look for them; the verdict was found on clear values."""
    rows = sorted(evidence.rows, key=lambda row: order_of(row.attribute))
    return [
        {
            "attribute": row.attribute,
            "left": shown(row.attribute, row.left, staff),
            "right": shown(row.attribute, row.right, staff),
            "verdict": row.verdict,
        }
        for row in rows
    ]


def shown(attribute: str, value: Value | None, staff: Staff) -> list[str]:
    return [] if value is None else parts(attribute, staff.masked(attribute, value))


def shown_preview(preview: Preview, staff: Staff) -> dict[str, Any]:
    """What would be, masked."""
    return {
        "parties": [
            {
                "ecif_no": party.ecif_no,
                "members": party.members,
                "changes": [_change(one, staff) for one in party.changes],
                "values": [
                    (one.attribute, shown(one.attribute, one.value, staff), one.system, one.rule)
                    for one in sorted(party.values, key=lambda one: order_of(one.attribute))
                    if one.value is not None
                ],
            }
            for party in preview.parties
        ],
        "pushes": [
            {
                "system": told.system,
                "customer_no": told.customer_no,
                "held": told.held,
                "changes": [_change(one, staff) for one in told.changes],
            }
            for told in preview.pushes
        ],
    }


def _change(one: Any, staff: Staff) -> dict[str, Any]:
    return {
        "attribute": one.attribute,
        "before": shown(one.attribute.partition("/")[0], one.before, staff),
        "after": shown(one.attribute.partition("/")[0], one.after, staff),
    }


def _chart(evidence: Evidence, translate: Translator) -> Waterfall | None:
    if not evidence.weights:
        return None
    weights = [
        Weight(
            translate.of("comparison", one.comparison), _drawn(one.weight), translate.of("level", one.level)
        )
        for one in evidence.weights
        if abs(one.weight) >= LEAST
    ]
    return waterfall(weights, translate("review.score"))


def _drawn(weight: float) -> float:
    """A veto is as long as the chart is willing to draw, not without end."""
    return max(-LONGEST, min(LONGEST, weight))


def versions_field(versions: Mapping[str, int]) -> str:
    return ",".join(f"{number}:{version}" for number, version in sorted(versions.items()))


def versions_of(form: Mapping[str, str]) -> dict[str, int]:
    """What was looked at: a decision on something else is refused."""
    found: dict[str, int] = {}
    for part in filter(None, form.get("versions", "")[:400].split(",")):
        number, _, version = part.partition(":")
        if not (version.isascii() and version.isdigit() and len(version) < 16):
            raise HTTPException(422, "versions: is not what this page gave")
        found[number] = int(version)
    return found


def _once(form: Mapping[str, str]) -> str:
    """A form that is sent twice decides once."""
    return form.get("once", "")[:80]


def verdicts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    return counts
