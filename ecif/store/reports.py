"""Small reads for delivery, metrics, the journal's readers and the console: one consistent view each, no
locks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, func, select

from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.rows import JournalRow, Stored, StoredParty, read_journal, read_party, read_record

View: TypeAlias = Connection
"""One consistent view of the database, from `Store.reading`."""

NONCE = "non"
"""Direction of rows that only remember a nonce."""
CARRIED = ("in", "out")
"""Directions of messages; the others are the hub's own notes."""

_s, _m, _p, _r = t.sync_state.c, t.message.c, t.party.c, t.source_record.c

_NEXT: Select[Any] = select(func.min(_s.next_attempt)).where(_s.system == bindparam("system"))
_LATEST: Select[Any] = select(func.max(_s.next_attempt)).where(_s.system == bindparam("system"))
_BACKLOG: Select[Any] = (
    select(_s.system, func.count(), func.min(_s.due_since))
    .where(_s.next_attempt.is_not(None))
    .group_by(_s.system)
)


class Backlog(msgspec.Struct, frozen=True):
    pending: int = 0
    """Records with a push to make or in flight."""
    oldest: int | None = None
    """Since when the longest waiting one is due, microseconds."""


class Counts(msgspec.Struct, frozen=True):
    parties: int
    source_records: int
    review_tasks: int
    failed: dict[str, int]
    """System → messages set aside."""


def next_attempt(connection: Connection, system: str) -> int | None:
    found = connection.execute(_NEXT, {"system": system}).scalar()
    return None if found is None else int(found)


def latest_attempt(connection: Connection, system: str) -> int | None:
    found = connection.execute(_LATEST, {"system": system}).scalar()
    return None if found is None else int(found)


def backlog(connection: Connection, systems: Iterable[str]) -> dict[str, Backlog]:
    """Also the systems where nothing waits."""
    found = {row[0]: Backlog(row[1], row[2]) for row in connection.execute(_BACKLOG)}
    return {system: found.get(system, Backlog()) for system in systems}


def counts(connection: Connection) -> Counts:
    def rows(statement: Select[Any]) -> int:
        return int(connection.execute(statement).scalar_one())

    failed = select(_m.system, func.count()).where(_m.state == "failed").group_by(_m.system)
    return Counts(
        parties=rows(select(func.count()).select_from(t.party).where(_p.merged_into.is_(None))),
        source_records=rows(select(func.count()).select_from(t.source_record)),
        review_tasks=rows(
            select(func.count()).select_from(t.review_task).where(t.review_task.c.closed_at == 0)
        ),
        failed={row[0]: row[1] for row in connection.execute(failed)},
    )


def message_count(connection: Connection) -> int:
    """In and out; it reads the whole journal."""
    statement = select(func.count(_m.id)).where(_m.direction.in_(CARRIED))
    return int(connection.execute(statement).scalar_one())


def journal(
    connection: Connection, *, system: str = "", message_id: str = "", ecif_no: str = "", state: str = "",
    since: int = 0, limit: int = 100,
) -> list[JournalRow]:  # fmt: skip
    """The newest first."""
    statement = select(*q.JOURNAL_COLUMNS).where(_m.direction != NONCE)
    wanted = ((_m.system, system), (_m.message_id, message_id), (_m.ecif_no, ecif_no), (_m.state, state))
    for column, value in wanted:
        if value:
            statement = statement.where(column == value)
    if since:
        statement = statement.where(_m.stored_at >= since)
    statement = statement.order_by(_m.stored_at.desc(), _m.id.desc()).limit(limit)
    return [read_journal(row) for row in connection.execute(statement)]


def bodies(connection: Connection, ids: Iterable[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for chunk in q.chunks(ids):
        found |= {row[0]: bytes(row[1]) for row in connection.execute(q.BODIES, {"keys": list(chunk)})}
    return found


def head_of(connection: Connection, ecif_no: str) -> str | None:
    """The number that `ecif_no` resolves to."""
    found = connection.execute(select(_p.head).where(_p.ecif_no == ecif_no)).scalar()
    return None if found is None else str(found)


def cluster(connection: Connection, head: str) -> tuple[list[StoredParty], list[Stored]]:
    """All parties that resolve to `head`, and their records."""
    bound = {"keys": [head]}
    parties = [read_party(row) for row in connection.execute(q.PARTIES_BY_HEAD, bound)]
    records = [read_record(row) for row in connection.execute(q.RECORDS_BY_HEAD, bound)]
    return parties, records


Clusters = Iterator[tuple[list[StoredParty], list[Stored]]]


def all_clusters(
    connection: Connection, size: int = 500, unreadable: Callable[[str, str], None] | None = None
) -> Clusters:
    """Every cluster with its records, in the order of their heads, a few hundred at a time.

    `unreadable` is told head and row of those that cannot be read; without it they raise.
    """
    page = select(_p.ecif_no).where(_p.merged_into.is_(None)).order_by(_p.ecif_no).limit(size)
    heads = [row[0] for row in connection.execute(page)]
    while heads:
        yield from _clusters(connection, heads, unreadable)
        heads = [row[0] for row in connection.execute(page.where(_p.ecif_no > heads[-1]))]


def _clusters(
    connection: Connection, heads: list[str], unreadable: Callable[[str, str], None] | None
) -> Clusters:
    parties: dict[str, list[StoredParty]] = {head: [] for head in heads}
    records: dict[str, list[Stored]] = {head: [] for head in heads}
    for row in connection.execute(q.PARTIES_BY_HEAD, {"keys": heads}):
        with _told(unreadable, row[3], f"party {row[0]}", parties):
            parties.get(row[3], []).append(read_party(row))
    for row in connection.execute(q.RECORDS_BY_HEAD, {"keys": heads}):
        with _told(unreadable, row[3], f"{row[0]} {row[1]}", parties):
            records[row[3]].append(read_record(row))
    for head in heads:
        if head in parties:
            yield parties[head], records[head]


@contextmanager
def _told(
    unreadable: Callable[[str, str], None] | None, head: str, row: str, parties: dict[str, Any]
) -> Iterator[None]:
    """A cluster that has lost a row is left out."""
    try:
        yield
    except msgspec.DecodeError:
        if unreadable is None:
            raise
        unreadable(head, row)
        parties.pop(head, None)


def events(connection: Connection, ecif_no: str, limit: int = 50) -> list[dict[str, Any]]:
    """What changed, the newest version first."""
    e = t.change_event.c
    statement = select(t.change_event).where(e.ecif_no == ecif_no).order_by(e.seq.desc()).limit(limit)
    return [dict(row) for row in connection.execute(statement).mappings()]


def redirects(connection: Connection) -> list[tuple[str, str, str, int]]:
    """(number, merged into, head, version) of every party."""
    statement = select(_p.ecif_no, _p.merged_into, _p.head, _p.version)
    return [(row[0], row[1] or "", row[2], row[3]) for row in connection.execute(statement)]


def count_heads(connection: Connection) -> int:
    """Parties that were not merged away."""
    found = connection.execute(select(func.count()).where(_p.merged_into.is_(None))).scalar_one()
    return int(found)


def heads_after(connection: Connection, after: str, limit: int) -> list[str]:
    """Numbers of parties that were not merged away, in their order, the next page after one."""
    statement = select(_p.ecif_no).where(_p.merged_into.is_(None))
    if after:
        statement = statement.where(_p.ecif_no > after)
    return [row[0] for row in connection.execute(statement.order_by(_p.ecif_no).limit(limit))]


def match_rows(connection: Connection) -> Iterator[tuple[str, str]]:
    """(match key, ECIF number)."""
    for row in connection.execute(select(t.match_key.c.match_key, t.match_key.c.ecif_no)):
        yield row[0], row[1]


def push_rows(connection: Connection) -> Iterator[tuple[str, str, int, int]]:
    """(system, customer number, journal row, version) of every push, in the order they were made."""
    statement = (
        select(_m.system, _m.customer_no, _m.id, _m.version)
        .where(_m.direction == "out")
        .order_by(_m.system, _m.customer_no, _m.stored_at, _m.id)
    )
    for row in connection.execute(statement):
        yield row[0], row[1], row[2], row[3]


def fact_rows(connection: Connection, table: str) -> Iterator[dict[str, Any]]:
    """Facts that hold now."""
    found = t.FACTS[table]
    statement = select(found).where(found.c.valid_until.is_(None))
    for row in connection.execute(statement).mappings():
        yield dict(row)


def was_made(connection: Connection, proof: tuple[object, ...]) -> bool:
    """Whether the row is there that a commit would have made: a journal row's number, or a change event."""
    if len(proof) == 1:
        statement = select(_m.id).where(_m.id == proof[0])
    else:
        e = t.change_event.c
        statement = select(e.seq).where(e.ecif_no == proof[0], e.seq == proof[1], e.chain == proof[2])
    return connection.execute(statement).first() is not None


def orphans(connection: Connection) -> list[tuple[str, str]]:
    """Source records whose party is not there, and records without a sync state."""
    statement = (
        select(_r.system, _r.customer_no)
        .select_from(
            t.source_record.outerjoin(t.party, _p.ecif_no == _r.party).outerjoin(
                t.sync_state, and_(_s.system == _r.system, _s.customer_no == _r.customer_no)
            )
        )
        .where((_p.ecif_no.is_(None)) | (_s.system.is_(None)))
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def strays(connection: Connection) -> list[tuple[str, str, str]]:
    """Source records whose `head` is not their party's."""
    statement = (
        select(_r.system, _r.customer_no, _r.head)
        .select_from(t.source_record.join(t.party, _p.ecif_no == _r.party))
        .where(_r.head != _p.head)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]
