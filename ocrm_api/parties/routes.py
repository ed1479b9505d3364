"""`/api/v1/parties`: finding customers and reading them, part by part.

What is out of one's scope is answered as if it were not there. Values are masked for everybody; a role that
may see some clear does so with a reason in `X-Reason`, which stands in the audit trail with the read.
"""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from ecif.store import party_reads
from ocrm_api.access.identity import Staff, needs
from ocrm_api.answers import answer, described
from ocrm_api.lean import Lean, Way
from ocrm_api.parties import examples, reading
from ocrm_api.parties.schema import (
    Hit,
    Hits,
    Holdings,
    Messages,
    PartyAnswer,
    SourceRecords,
    SyncStates,
    Values,
)
from ocrm_api.search.desk import SearchDesk
from ocrm_api.search.finder import Criteria, Position
from ocrm_api.source import Source
from ocrm_api.tags import IfNoneMatch, tag_of
from ocrm_api.together import Together

EcifNo = Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$", description="12 digits", examples=["100000000001"])]
Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next` of the page before; it says nothing to people.")
]
Searcher = Annotated[Staff, needs("parties.search")]
Reader = Annotated[Staff, needs("parties.read")]
Word = Annotated[str, Query(max_length=200)]
DENIED = (401, 403, 429)
READ = re.compile("/api/v1/parties/(?P<ecif_no>[1-9][0-9]{11})")
"""The hot path, and what the trail calls it."""
READ_WAY = Way("/api/v1/parties/{ecif_no}")
_NUMBER = re.compile("[1-9][0-9]{11}")
MOVED: dict[int | str, dict[str, Any]] = {
    308: {"description": "The number was merged: the same of the party at Location"}
}


def asked(
    q: Annotated[str, Query(max_length=200, description="Any of them, in one word.")] = "",
    ecif_no: Annotated[str, Query(pattern=r"^([1-9][0-9]{11})?$")] = "",
    system: Annotated[str, Query(max_length=40, description="Whose customer number; any by default.")] = "",
    customer_no: Word = "",
    document: Annotated[str, Query(max_length=200, description="Of any type, 15 digits or 18.")] = "",
    document_type: Annotated[str, Query(max_length=40)] = "",
    phone: Word = "",
    email: Word = "",
    account: Annotated[str, Query(max_length=200, description="Of an account, loan, card or product.")] = "",
    card: Word = "",
    name: Annotated[str, Query(max_length=200, description="The name, its beginning or a part.")] = "",
    pinyin: Annotated[str, Query(max_length=200, description="How it is read, or its initials.")] = "",
    branch: Annotated[str, Query(max_length=80, description="Filter; alone: all of the branch.")] = "",
    manager: Annotated[str, Query(max_length=80, description="Filter; alone: all of the manager.")] = "",
    risk: Annotated[str, Query(max_length=40, description="Filter.")] = "",
    segment: Annotated[str, Query(max_length=80, description="Filter: the golden value `rating`.")] = "",
    kind: Annotated[str, Query(pattern="^(person|organization)?$", description="Filter.")] = "",
    status: Annotated[str, Query(max_length=40, description="Filter.")] = "",
    as_of: Annotated[
        datetime | None, Query(description="By what held at that moment; with one word to search by.")
    ] = None,
) -> Criteria:
    at = None if as_of is None else microseconds(as_of)
    return Criteria(
        q=q.strip(), ecif_no=ecif_no, system=system, customer_no=customer_no.strip(),
        document=document.strip(), document_type=document_type, phone=phone, email=email.strip(),
        account=account.strip(), card=card.strip(), name=name, pinyin=pinyin, branch=branch, manager=manager,
        risk=risk, segment=segment, kind=kind, status=status, at=at,
    )  # fmt: skip


def microseconds(moment: datetime) -> int:
    """Raises 422 where it says no offset: it would be another moment in another office."""
    if moment.tzinfo is None:
        raise HTTPException(422, "query.as_of: say the time with its offset, as in 2026-11-21T00:00:00+08:00")
    return int(moment.timestamp() * 1_000_000)


def criteria_text(criteria: Criteria) -> str:
    """Binds a cursor to its search."""
    return msgspec.json.encode(criteria).decode()


def words_used(criteria: Criteria) -> list[str]:
    """Which words were searched by, for the trail: their names, not what was typed."""
    return [name for name, value in msgspec.structs.asdict(criteria).items() if value]


def reads(source: Source) -> Lean[party_reads.Found]:
    """Of a read by number."""

    together = Together(
        lambda numbers: party_reads.parties_at_once(source.store(), numbers), most=party_reads.MOST_AT_ONCE
    )

    async def fetch(request: Request) -> party_reads.Found:
        number = request.path_params["ecif_no"]
        if not _NUMBER.fullmatch(number):
            raise RequestValidationError([{"loc": ("path", "ecif_no"), "msg": "12 digits, the first not 0"}])
        store = source.store()
        # Another machine must not hold up the event loop; a file beside the process is read at once.
        return await together(number) if store.waits else party_reads.party_at_once(store, number)

    def read(request: Request, staff: Staff, stored: party_reads.Found) -> Response:
        found = reading.party_of(stored, request.path_params["ecif_no"], staff)
        headers = {"ETag": tag_of({found.ecif_no: found.version}), "Cache-Control": "private, no-cache"}
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return answer(found, headers=headers)

    return Lean("parties.read", fetch, read)


def party_routes(source: Source, search: SearchDesk, read: Lean[party_reads.Found]) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["parties"])
    one: dict[str, Any] = {"responses": MOVED}

    @router.get("", **described(Hits, *DENIED, 400, 422, 503, example=examples.HITS))
    def find(
        staff: Searcher,
        criteria: Annotated[Criteria, Depends(asked)],
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> Response:
        """Customers by an exact number, a name, its reading or initials; or all of a branch or manager.

        Several words must all be so. Numbers are found at once; names, phones and lists within two seconds.
        """
        about = criteria_text(criteria)
        after = search.cursors().open(cursor, about, Position) if cursor else None
        page = search.finder().page(criteria, staff.scope, after=after, limit=limit)
        kept = reading.unrestricted(source.store(), page.found, staff)
        staff.saw(*(found.party.ecif_no for found in kept))
        staff.note(found=len(kept), by=words_used(criteria))
        following = search.cursors().seal(page.following, about) if page.following else None
        hits = [Hit(reading.summary(one.party, staff), one.score, one.by) for one in kept]
        return answer(Hits(hits, following, search.state()))

    def party(ecif_no: EcifNo, staff: Reader, if_none_match: IfNoneMatch = None) -> None:
        """The golden record, every value with its lineage. A merged number redirects to the surviving one."""

    router.add_api_route(
        "/{ecif_no}",
        party,
        methods=["GET"],
        route_class_override=read.route_class(),
        **described(
            PartyAnswer,
            *(*DENIED, 404, 422, 503),
            example=examples.PARTY,
            responses={304: {"description": "Not changed"}, **MOVED},
        ),
    )

    @router.get(
        "/{ecif_no}/values",
        **described(Values, *DENIED, 404, 422, 503, **one, example=examples.VALUES),
    )
    def values(ecif_no: EcifNo, staff: Reader) -> Response:
        """Why this value: each golden value with its winner, the rule that decided and the losing values."""
        return answer(Values(reading.explained(source.store(), source.setting(), ecif_no, staff)))

    @router.get("/{ecif_no}/records", **described(SourceRecords, *DENIED, 404, 422, 503, **one))
    def records(ecif_no: EcifNo, staff: Reader) -> Response:
        """What each system says of the customer."""
        return answer(SourceRecords(reading.records(source.store(), ecif_no, staff)))

    @router.get("/{ecif_no}/holdings", **described(
        Holdings, *DENIED, 404, 422, 503, **one, example=examples.HOLDINGS
    ))  # fmt: skip
    def holdings(ecif_no: EcifNo, staff: Reader) -> Response:
        """Accounts, loans, cards and products, with totals by kind and currency."""
        return answer(reading.holdings(source.store(), ecif_no, staff))

    @router.get(
        "/{ecif_no}/sync", **described(SyncStates, *DENIED, 404, 422, 503, **one, example=examples.SYNC)
    )
    def sync(ecif_no: EcifNo, staff: Reader) -> Response:
        """How far each system has been told."""
        return answer(SyncStates(reading.sync(source.store(), ecif_no, staff)))

    @router.get("/{ecif_no}/messages", **described(Messages, *DENIED, 400, 404, 422, 503, **one))
    def messages(ecif_no: EcifNo, staff: Reader, cursor: Cursor = None, limit: Limit = 50) -> Response:
        """Messages in and out that concerned the customer, the newest first."""
        about = f"messages {ecif_no}"
        before = search.cursors().open(cursor, about, tuple[int, int]) if cursor else None
        items, following = reading.messages(source.store(), ecif_no, staff, before=before, limit=limit)
        return answer(Messages(items, search.cursors().seal(following, about) if following else None))

    return router
