"""One party's parts, each read with the fewest rows: for the API, where a read by number is the hot path."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Select, and_, bindparam, select

from ecif.model import Party
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.privacy_tables import restriction
from ecif.store.reports import CARRIED, View
from ecif.store.rows import JournalRow, read_journal, read_party
from ecif.store.store import Store

_p, _r, _s, _m = t.party.c, t.source_record.c, t.sync_state.c, t.message.c

MOST_AT_ONCE = 64


@cache
def _with_merged(size: int) -> Select[Any]:
    """Of so many numbers: the parties that they resolve to, and those merged into these."""
    heads = select(_p.head).where(_p.ecif_no.in_([bindparam(f"number_{n}") for n in range(size)]))
    joined = t.party.outerjoin(restriction, restriction.c.ecif_no == _p.ecif_no)
    return select(*q.PARTY_COLUMNS, restriction.c.restricted_at).select_from(joined).where(_p.head.in_(heads))


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
    return _found([ecif_no], connection.execute(_with_merged(1), {"number_0": ecif_no}).all())[ecif_no]


def party_at_once(store: Store, ecif_no: str) -> Found:
    """The same, alone: the hot path."""
    return parties_at_once(store, [ecif_no])[ecif_no]


def parties_at_once(store: Store, numbers: Sequence[str]) -> dict[str, Found]:
    """The same of at most MOST_AT_ONCE numbers, by one statement."""
    size = 1 << (len(numbers) - 1).bit_length()  # few sizes, few texts: the last number stands again
    padded = [*numbers, *[numbers[-1]] * (size - len(numbers))]
    bound = {f"number_{n}": number for n, number in enumerate(padded)}
    return _found(numbers, store.rows(_with_merged(size), bound))


def _found(numbers: Iterable[str], rows: Sequence[Any]) -> dict[str, Found]:
    heads: dict[str, str] = {}
    together: defaultdict[str, list[tuple[Party, bool]]] = defaultdict(list)
    for *columns, restricted_at in rows:
        stored = read_party(columns)
        heads[stored.party.ecif_no] = stored.head
        together[stored.head].append((stored.party, restricted_at is not None))
    return {number: _resolved(together.get(heads.get(number, ""), [])) for number in numbers}


def _resolved(found: Sequence[tuple[Party, bool]]) -> Found:
    head = next((party for party, _ in found if not party.merged_into), None)
    merged = [party for party, _ in found if party.merged_into]
    return head, merged, any(restricted for _, restricted in found)


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
