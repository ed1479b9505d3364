"""One party's parts, each read with the fewest rows: for the API, where a read by number is the hot path."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import and_, bindparam, select

from ecif.model import Party
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.privacy_tables import restriction
from ecif.store.reports import CARRIED, View
from ecif.store.rows import JournalRow, read_journal, read_party
from ecif.store.store import Store

_p, _r, _s, _m = t.party.c, t.source_record.c, t.sync_state.c, t.message.c

_WITH_MERGED = (
    select(*q.PARTY_COLUMNS, restriction.c.restricted_at)
    .select_from(t.party.outerjoin(restriction, restriction.c.ecif_no == _p.ecif_no))
    .where(_p.head == select(_p.head).where(_p.ecif_no == bindparam("number")).scalar_subquery())
)
_SYNC = (
    select(
        _r.system, _r.customer_no, _r.party, _r.seq, _s.next_attempt, _s.due_since, _s.attempts,
        _s.push_row, _s.number_held, _s.refused, _s.standoff, _s.last_error,
    )
    .select_from(
        t.source_record.join(
            t.sync_state, and_(_s.system == _r.system, _s.customer_no == _r.customer_no)
        )
    )
    .where(_r.head == bindparam("head"))
    .order_by(_r.system, _r.customer_no)
)  # fmt: skip


Found: TypeAlias = tuple[Party | None, list[Party], bool]


class SyncRow(msgspec.Struct, frozen=True):
    """What a system is believed to know of one of its customers."""

    system: str
    customer_no: str
    given_no: str
    """The ECIF number it was given; another than the party's after a merge."""
    seq: int
    next_attempt: int | None
    due_since: int | None
    attempts: int
    push_row: int | None
    """Journal row of the push in flight."""
    number_held: str
    refused: bool
    standoff: bool
    last_error: str


def party_and_restriction(connection: View, ecif_no: str) -> Found:
    """The party that the number resolves to, those merged into it, whether its processing is restricted."""
    return _found(connection.execute(_WITH_MERGED, {"number": ecif_no}).all())


def party_at_once(store: Store, ecif_no: str) -> Found:
    """The same, alone: the hot path."""
    return _found(store.rows(_WITH_MERGED, {"number": ecif_no}))


def _found(rows: Sequence[Any]) -> Found:
    found = [read_party(row[:-1]).party for row in rows]
    restricted = any(row[-1] is not None for row in rows)
    head = next((party for party in found if not party.merged_into), None)
    return head, [party for party in found if party.merged_into], restricted


def sync_of(connection: View, head: str) -> list[SyncRow]:
    return [_sync(row) for row in connection.execute(_SYNC, {"head": head})]


def _sync(row: Any) -> SyncRow:
    system, customer_no, party, seq, following, since, attempts, push, held, refused, standoff, error = row
    return SyncRow(
        system, customer_no, party, seq, following, since, attempts, push, held or "", bool(refused),
        bool(standoff), error or "",
    )  # fmt: skip


def messages_of(
    connection: View, numbers: list[str], *, before: tuple[int, int] | None, limit: int
) -> list[JournalRow]:
    """Messages in and out that concerned a party under any of its numbers, the newest first, from before
    (moment, journal row)."""
    statement = select(*q.JOURNAL_COLUMNS).where(_m.ecif_no.in_(numbers), _m.direction.in_(CARRIED))
    if before is not None:
        at, row = before
        statement = statement.where((_m.stored_at < at) | ((_m.stored_at == at) & (_m.id < row)))
    statement = statement.order_by(_m.stored_at.desc(), _m.id.desc()).limit(limit)
    return [read_journal(row) for row in connection.execute(statement)]
