"""`/api/v1/hub`, `/systems`, `/aside`, `/journal`, `/conf`: what operators watch and order."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from ecif.store.rows import JournalRow
from ocrm_api.access.identity import Staff, needs, whole_bank_only
from ocrm_api.answers import answer, described
from ocrm_api.bank import Bank, DumpLine
from ocrm_api.bodies import body
from ocrm_api.idempotency import once
from ocrm_api.idempotency.once import IdempotencyKey, Once
from ocrm_api.operations.orders import Orders
from ocrm_api.operations.schema import (
    AsideMessage,
    AsideMessages,
    AskedReplay,
    AskedResync,
    ConfAnswer,
    ConfSection,
    DumpAnswer,
    HubState,
    Ordered,
    ReplayAnswer,
    ResyncAnswer,
    Stretch,
    SystemState,
    SystemStates,
)
from ocrm_api.operations.watching import Watch
from ocrm_api.parties.past_routes import micro
from ocrm_api.parties.reading import NotThere, message
from ocrm_api.parties.routes import DENIED, Cursor, Limit
from ocrm_api.parties.schema import Messages
from ocrm_api.search.desk import SearchDesk
from ocrm_api.source import Source
from ocrm_api.trail.entry import now

Watcher = Annotated[Staff, needs("operations.read")]
Operator = Annotated[Staff, needs("operations.change")]
JournalReader = Annotated[Staff, needs("journal.read")]
MessageReader = Annotated[Staff, needs("messages.read")]
ConfReader = Annotated[Staff, needs("conf.read")]
SystemName = Annotated[str, Path(max_length=40, examples=["core"])]
Row = Annotated[int, Path(ge=1, le=2**53, description="Journal row.", examples=[1042])]
SEEN = (*DENIED, 404, 422, 503)
ORDERED = sorted({*DENIED, *once.PROBLEMS, 404, 415, 503})
_BECAUSE = Ordered(reason="maintenance of core until 06:00")


def operations_routes(
    watch: Watch, source: Source, bank: Bank, search: SearchDesk, replies: Once, orders: Orders
) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["operations"])

    # ------------------------------------------------------------ the hub and its systems

    @router.get("/hub", **described(HubState, *DENIED, 503))
    def hub(staff: Watcher) -> Response:
        """How the hub does. Counts of the whole bank are for those who see all of it."""
        whole_bank_only(staff)
        return answer(watch.state())

    @router.get("/systems", **described(SystemStates, *DENIED, 503))
    def systems(staff: Watcher) -> Response:
        """Every system: sessions, messages, what it still has to hear and since when."""
        whole_bank_only(staff)
        return answer(SystemStates(watch.systems()))

    @router.get("/systems/{system}", **described(SystemState, *SEEN))
    def system(system: SystemName, staff: Watcher) -> Response:
        """One system."""
        return answer(orders.state(system, staff))

    def ordered(verb: str, follow: Callable[..., SystemState], says: str) -> None:
        @router.post(
            f"/systems/{{system}}/{verb}",
            name=verb,
            description=says,
            **described(SystemState, *ORDERED, takes=Ordered, sample=_BECAUSE),
        )
        def told(
            request: Request,
            system: SystemName,
            staff: Operator,
            asked: Annotated[Ordered, body(Ordered)],
            idempotency_key: IdempotencyKey = None,
        ) -> Response:
            def act() -> Response:
                return answer(follow(system, staff, reason=asked.reason))

            return replies(request, staff, idempotency_key, asked, act)

    ordered(
        "pause",
        orders.pause,
        "Nothing is pushed to the system until it is resumed; what it sends is taken as always.",
    )
    ordered("resume", orders.resume, "The system is pushed again what it has missed.")

    @router.get("/systems/{system}/resync", **described(ResyncAnswer, *SEEN))
    def resync_state(system: SystemName, staff: Watcher) -> Response:
        """How far the last resync of the system has come."""
        return answer(orders.resync_state(system, staff))

    @router.post(
        "/systems/{system}/resync",
        **described(
            ResyncAnswer, *ORDERED, takes=AskedResync, status=202, sample=AskedResync(reason="restored")
        ),
    )
    def resync(
        request: Request,
        system: SystemName,
        staff: Operator,
        asked: Annotated[AskedResync, body(AskedResync)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """All its customers are to be pushed again, page by page; the answer comes at once."""

        def follow() -> Response:
            since = 0 if asked.since is None else int(asked.since.timestamp() * 1e6)
            begun = orders.resync(system, staff, reason=asked.reason, since=since, rehearse=asked.rehearse)
            return answer(begun, 202, {"Location": f"/api/v1/systems/{system}/resync"})

        return replies(request, staff, idempotency_key, asked, follow)

    # ------------------------------------------------------------ set aside

    @router.get("/aside", **described(AsideMessages, *DENIED, 400, 422, 503))
    def aside(
        staff: Watcher,
        system: Annotated[str, Query(max_length=40)] = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        """Messages set aside, in the order they came: taken in and failed, or pushed and refused for good."""
        about = f"aside {system}"
        start = search.cursors().open(cursor, about, int) if cursor else 0
        ids = watch.aside(system)
        page = _after(ids, start)[:limit]
        more = search.cursors().seal(page[-1], about) if page and page[-1] != ids[-1] else None
        rows = watch.rows(page, staff)
        items = [AsideMessage(message(row), row.text) for row in rows]
        return answer(AsideMessages(items, more, len(ids) if staff.scope.whole else len(items)))

    @router.get("/aside/{row}", **described(DumpAnswer, *SEEN))
    @router.get("/journal/{row}", name="message", **described(DumpAnswer, *SEEN))
    def dump(row: Row, staff: MessageReader) -> Response:
        """A message byte by byte: offset, bytes, field, value, and what is wrong with it. Masked; of a
        restricted customer nothing of it, nor whose it is."""
        found = _row(watch, row, staff)
        raw, restricted = watch.content(row, staff)
        dumped = bank.dump(found.system, raw) if raw is not None else None
        if found.ecif_no:
            staff.saw(found.ecif_no)
        staff.note(message=row)
        return answer(
            DumpAnswer(
                message=message(found),
                text=found.text,
                size=None if raw is None else len(raw),
                restricted=restricted,
                stretches=[_stretch(line) for line in dumped.lines] if dumped else [],
                faults=[_stretch(line) for line in dumped.faults] if dumped else [],
            )
        )

    @router.post("/aside/{row}/replay", **described(
        ReplayAnswer, *ORDERED, takes=AskedReplay, sample=AskedReplay(reason="the layout was mended")
    ))  # fmt: skip
    def replay(
        request: Request,
        row: Row,
        staff: Operator,
        asked: Annotated[AskedReplay, body(AskedReplay)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Takes it once more; whatever came meanwhile stands. A push is merely allowed again."""

        def follow() -> Response:
            _row(watch, row, staff)
            actor = staff.because(asked.reason).name
            staff.note(message=row, rehearse=asked.rehearse)
            (outcome,) = source.act(
                lambda service: list(bank.replay(service, [row], actor=actor, rehearse=asked.rehearse))
            )
            return answer(ReplayAnswer(row, outcome.outcome, outcome.code, outcome.reason))

        return replies(request, staff, idempotency_key, asked, follow)

    @router.post("/aside/{row}/discard", **described(
        ReplayAnswer, *ORDERED, takes=Ordered, sample=Ordered(reason="sent twice by mistake")
    ))  # fmt: skip
    def discard(
        request: Request,
        row: Row,
        staff: Operator,
        asked: Annotated[Ordered, body(Ordered)],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """It shall never take effect; its row and its bytes stay."""

        def follow() -> Response:
            _row(watch, row, staff)
            actor = staff.because(asked.reason).name
            staff.note(message=row)
            outcome = source.act(
                lambda service: service.discard(row, actor=actor, reason=asked.reason, now=now())
            )
            return answer(ReplayAnswer(row, outcome.outcome, outcome.code, outcome.reason))

        return replies(request, staff, idempotency_key, asked, follow)

    # ------------------------------------------------------------ journal and conf

    @router.get("/journal", **described(Messages, *DENIED, 400, 422, 503))
    def journal(
        staff: JournalReader,
        system: Annotated[str, Query(max_length=40)] = "",
        id: Annotated[str, Query(max_length=120, description="Message id.")] = "",
        ecif_no: Annotated[str, Query(pattern=r"^([1-9][0-9]{11})?$")] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        direction: Annotated[str, Query(pattern="^(in|out|ops)?$")] = "",
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        """Messages in and out, and what operators did, the newest first."""
        wanted: dict[str, Any] = {
            "system": system, "message_id": id, "ecif_no": ecif_no, "state": state, "direction": direction,
            "since": micro("since", since) or 0, "until": micro("until", until) or 0,
        }  # fmt: skip
        about = f"journal {sorted(wanted.items())}"
        before = search.cursors().open(cursor, about, tuple[int, int]) if cursor else None
        rows = watch.journal(staff, before, limit, **wanted)
        last = rows[-1] if len(rows) == limit else None
        more = search.cursors().seal((last.stored_at, last.id), about) if last else None
        staff.note(found=len(rows))
        return answer(Messages([message(row) for row in rows], more))

    @router.get("/conf", **described(ConfAnswer, *DENIED, 503))
    def conf(staff: ConfReader) -> Response:
        """The conf in force, file by file, without secrets."""
        del staff
        sections = [
            ConfSection(file.name, name, dict(values))
            for file in bank.conf()
            for name, values in file.sections.items()
        ]
        return answer(ConfAnswer(sections))

    return router


def _after(ids: Sequence[int], last: int) -> Sequence[int]:
    """Those after the last one given; it may have been settled since."""
    return ids[ids.index(last) + 1 :] if last in ids else [one for one in ids if one > last]


def _row(watch: Watch, row: int, staff: Staff) -> JournalRow:
    found = watch.rows([row], staff)
    if not found:
        raise NotThere
    return found[0]


def _stretch(line: DumpLine) -> Stretch:
    return Stretch(line.offset, line.size, line.field, line.hex, line.value, line.rule)
