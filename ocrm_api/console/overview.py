"""The first page: is the bank in step, what is going on, what waits for somebody."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from ecif import views
from ecif.store import reports
from ocrm_api.access.identity import Staff, needs
from ocrm_api.bank import SystemFacts
from ocrm_api.console.drawing.columns import Chart, Stack, columns
from ocrm_api.console.drawing.lengths import lengths
from ocrm_api.console.kit import Kit
from ocrm_api.console.messages import row_of
from ocrm_api.console.pages import open_questions
from ocrm_api.console.spelling import duration
from ocrm_api.operations.schema import SystemState
from ocrm_api.operations.watching import seen, states

MINUTES: Final = 60
LEAST_MINUTES: Final = 20
RECENT: Final = 8
LATE_SECONDS: Final = 60.0
"""A customer not yet told everywhere for so long is worth a look."""


def overview_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    def overview(request: Request, staff: Annotated[Staff, needs("account.own")]) -> HTMLResponse:
        hub = kit.hub()
        rates = hub.get("rates", []) if hub else []
        return kit.pages.show(
            request, "overview/overview.html", staff, section="overview",
            figures=figures(kit) if staff.scope.whole else None, hub=hub, traffic=traffic(rates),
            busiest=_busiest(rates), answered=answer_times(hub), systems=system_states(kit, hub),
            recent=_recent(kit, staff) if staff.may("journal.read") else [],
        )  # fmt: skip

    return router


def figures(kit: Kit) -> dict[str, Any]:
    counted = views.counts(kit.store())
    return {
        "parties": counted.parties,
        "records": counted.source_records,
        **open_questions(kit.source),
    }


def traffic(rates: Sequence[Sequence[Any]]) -> Chart | None:
    """Messages a minute over the last hour: taken in, pushed out, refused."""
    if not rates:
        return None
    minutes: dict[int, list[int]] = {}
    for at, inward, outward, refused, *_ in rates:
        kept = minutes.setdefault(int(at // 60), [0, 0, 0])
        for series, count in enumerate((inward - refused, outward, refused)):
            kept[series] += count
    last, first = max(minutes), min(minutes)
    stacks = []
    for minute in range(max(last - MINUTES + 1, min(first, last - LEAST_MINUTES + 1)), last + 1):
        clock = datetime.fromtimestamp(minute * 60, UTC).astimezone().strftime("%H:%M")
        parts = minutes.get(minute, [0, 0, 0])
        stacks.append(Stack(clock, parts, f"{clock} · {parts[0]:,} · {parts[1]:,} · {parts[2]:,}"))
    return columns(stacks)


def _busiest(rates: Sequence[Sequence[Any]]) -> dict[str, int]:
    return {
        "inward": sum(row[1] for row in rates),
        "outward": sum(row[2] for row in rates),
        "refused": sum(row[3] for row in rates),
    }


def answer_times(hub: Mapping[str, Any] | None) -> list[Any]:
    """How fast systems got their reply, as bars: share of replies by time."""
    if hub is None or not hub["ack_seconds"]["count"]:
        return []
    bounds = ((0.01, "≤ 10 ms"), (0.05, "≤ 50 ms"), (0.25, "≤ 250 ms"), (1.0, "≤ 1 s"), ("+Inf", "> 1 s"))
    buckets = dict(hub["ack_seconds"]["buckets"])
    total, before, shares = hub["ack_seconds"]["count"], 0, []
    for bound, label in bounds:
        count = buckets.get(bound, before) - before
        before += count
        shares.append((label, count / total, f"{100 * count / total:.1f} %", ""))
    return lengths(shares)


def system_states(kit: Kit, hub: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Each system in a line: is it there, what does it still have to hear, since when."""
    facts = kit.systems()
    return [_line(one, facts[one.name]) for one in states(list(facts.values()), hub, kit.store())]


def _line(one: SystemState, facts: SystemFacts) -> dict[str, Any]:
    age = one.oldest_seconds if one.pending else None
    return {
        "name": one.name,
        "title": one.title,
        "facts": facts,
        "paused": one.paused,
        "sessions": one.sessions,
        "came": one.messages_in or 0,
        "went": one.messages_out or 0,
        "refused": one.refused or 0,
        "pending": one.pending,
        "age": age,
        "oldest": duration(age),
        "failed": one.set_aside,
        "mark": _mark(one.sessions, age, one.set_aside),
        "word": _word(one.sessions, age, one.set_aside),
    }


def _mark(sessions: int | None, age: float | None, failed: int) -> str:
    if sessions is None or failed:
        return "bad"
    return "warn" if age is not None and age > LATE_SECONDS else "good"


def _word(sessions: int | None, age: float | None, failed: int) -> str:
    if sessions is None:
        return "silent"
    if failed:
        return "failed"
    if age is None:
        return "good"
    return "late" if age > LATE_SECONDS else "behind"


def _recent(kit: Kit, staff: Staff) -> list[dict[str, Any]]:
    with kit.store().reading() as connection:
        return [row_of(one) for one in seen(connection, reports.journal(connection, limit=RECENT), staff)]
