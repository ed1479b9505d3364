"""`GET /api/v1/changes` and `GET /api/v1/deltas/{day}`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from fastapi.responses import StreamingResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.feeds import deltas
from ocrm_api.feeds.following import Expired, changes
from ocrm_api.feeds.schema import ChangeEvent, Changes, Delta
from ocrm_api.parties.routes import DENIED, Cursor
from ocrm_api.search.desk import SearchDesk
from ocrm_api.source import Source

Follower = Annotated[Staff, needs("changes.read")]
_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}
_EXAMPLE = Changes(
    items=[
        ChangeEvent(
            position=41, ecif_no="100000000001", seq=9, version=7, cause="image",
            stored_at=datetime(2026, 11, 21, 1, 30, tzinfo=UTC),
        )
    ],
    cursor="gY3mF0c2…",
    more=False,
)  # fmt: skip


def feed_routes(source: Source, search: SearchDesk) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["feeds"])

    @router.get("/changes", **described(Changes, *DENIED, 400, 410, 422, 503, example=_EXAMPLE))
    def follow(
        staff: Follower, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 200
    ) -> Response:
        """What changed after the cursor, in an order that never changes and without a gap.

        Keep the cursor of each answer and send it with the next request. 410: the feed was made anew; take a
        full copy and begin without a cursor.
        """
        try:
            found = changes(source.store(), search, staff, cursor, limit)
        except Expired:
            raise HTTPException(410, "the feed was made anew: take a full copy, then follow again") from None
        staff.note(told=len(found.items))
        return answer(found)

    described_day = described(
        Delta, *DENIED, 404, 413, 422, 503, says="One line a party: JSON Lines, or CSV with a header"
    )
    content = described_day["responses"][200]["content"]
    row = content.pop("application/json")
    content |= {"application/jsonl": row, "text/csv": {"schema": {"type": "string"}}}

    @router.get("/deltas/{day}", **described_day)
    def day_s_delta(
        day: Annotated[date, Path(description="A day that is over, in Beijing.", examples=["2026-11-21"])],
        staff: Follower,
        format: Annotated[str, Query(pattern="^(jsonl|csv)$")] = "jsonl",
    ) -> Response:
        """Every party that changed on that day, as it was at its end. The same day gives the same content."""
        if day >= datetime.now(deltas.BEIJING).date():
            raise HTTPException(404, "the day is not over")
        if day < date(2000, 1, 1):
            raise HTTPException(404, "nothing is kept of that day")
        staff.note(day=day.isoformat(), format=format)
        rows = _limited(deltas.delta(source.store(), day, staff), staff.export_rows)
        lines = deltas.csv_lines(rows) if format == "csv" else deltas.jsonl(rows)
        name = f'attachment; filename="delta-{day.isoformat()}.{format}"'
        return StreamingResponse(lines, media_type=_TYPES[format], headers={"Content-Disposition": name})

    return router


def _limited(rows: Iterator[Delta], most: int) -> Iterator[Delta]:
    """No more than the role may take out: known before the first line leaves."""
    first = list(islice(rows, most + 1))
    if len(first) > most:
        raise HTTPException(413, f"more than the {most} rows that your role may take out: use the feed")
    return chain(first)
