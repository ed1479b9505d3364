"""`/api/v1/trail`: who did and saw what. Reading it is in it, too."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime, BaseModel

from ocrm_api.access.identity import Staff, needs
from ocrm_api.problems import documented
from ocrm_api.trail.trail import Trail

Reader = Annotated[Staff, needs("trail.read")]
_MOST = 500


class TrailEntry(BaseModel):
    at: datetime
    actor: str | None
    via: str
    """token, session, password, cli, none."""
    address: str | None
    action: str
    method: str | None
    route: str | None
    status: int
    reason: str | None
    detail: dict[str, Any]
    """ECIF numbers seen as `parties`, and what else tells the act."""


class TrailPage(BaseModel):
    entries: list[TrailEntry]
    """The newest first."""
    next: str | None
    """Cursor of the next page; null on the last."""


class TrailProblem(BaseModel):
    chain: str
    seq: int
    what: str


class TrailVerdict(BaseModel):
    chains: int
    entries: int
    anchors: int
    problems: list[TrailProblem]
    """None: nothing was altered or deleted."""


def trail_routes(trail: Trail) -> APIRouter:
    router = APIRouter(prefix="/api/v1/trail", tags=["trail"])

    @router.get("", responses=documented(401, 403, 422, 503))
    def search_trail(
        _staff: Reader,
        actor: Annotated[str, Query(max_length=80)] = "",
        action: Annotated[str, Query(max_length=40, examples=["parties.read"])] = "",
        ecif_no: Annotated[str, Query(pattern="^([1-9][0-9]{11})?$")] = "",
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        cursor: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> TrailPage:
        """Who saw and did what, when, with whom."""
        rows = trail.search(
            actor=actor, action=action, ecif_no=ecif_no, since=_microseconds(since),
            until=_microseconds(until), after=_read_cursor(cursor), limit=limit + 1,
        )  # fmt: skip
        page, more = rows[:limit], len(rows) > limit
        return TrailPage(entries=[shown(row) for row in page], next=_cursor(page[-1]) if more else None)

    @router.get("/verification", responses=documented(401, 403, 503))
    def verify_trail(_staff: Reader) -> TrailVerdict:
        """Recomputes every chain and holds it against heads and anchors."""
        found = trail.verify()
        problems = [TrailProblem(chain=one.chain, seq=one.seq, what=one.what) for one in found.problems]
        return TrailVerdict(
            chains=found.chains, entries=found.entries, anchors=found.anchors, problems=problems
        )

    return router


def shown(row: Any) -> TrailEntry:
    told = {name: row[name] for name in TrailEntry.model_fields if name != "at"}
    return TrailEntry(at=datetime.fromtimestamp(row["at"] / 1_000_000, UTC), **told)


def _cursor(row: Any) -> str:
    return f"{row['at']}.{row['chain']}.{row['seq']}"


def _read_cursor(text: str) -> tuple[int, str, int] | None:
    if not text:
        return None
    at, _, rest = text.partition(".")
    chain, _, seq = rest.rpartition(".")
    if not (at.isascii() and at.isdigit() and seq.isascii() and seq.isdigit() and len(at) < 18 > len(seq)):
        raise HTTPException(422, "cursor: is none of this list")
    return int(at), chain, int(seq)


def _microseconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp() * 1_000_000)
