"""Reads for operators: what is set aside, which records a system has, what was done with a message."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, select, union

from ecif.model import Party
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.rows import JournalRow, Stored, read_journal, read_party, read_record

_m, _s, _r, _e = t.message.c, t.sync_state.c, t.source_record.c, t.change_event.c

_FAILED: Select[Any] = select(_m.id, _m.stored_at).where(_m.state == "failed", _m.direction == "in")
_BLOCKED: Select[Any] = (
    select(_m.id, _m.stored_at, _m.system, _m.customer_no, _m.version)
    .select_from(t.sync_state.join(t.message, and_(_m.system == _s.system, _m.customer_no == _s.customer_no)))
    .where(_s.refused.is_not(None), _s.flying.is_(None), _m.state == "refused", _m.direction == "out")
)


def aside_ids(connection: Connection, system: str = "") -> list[int]:
    """Journal rows of what is set aside, in the order it came. Of a record's refused pushes the last."""
    failed, blocked = _FAILED, _BLOCKED
    if system:
        failed, blocked = failed.where(_m.system == system), blocked.where(_m.system == system)
    found = [(row[1], row[0]) for row in connection.execute(failed)]
    last: dict[tuple[str, str], tuple[int, int, int]] = {}
    for id_, stored_at, owner, customer_no, version in connection.execute(blocked):
        key = (owner, customer_no)
        last[key] = max(last.get(key, (-1, 0, 0)), (version, stored_at, id_))
    return [id_ for _, id_ in sorted([*found, *((at, id_) for _, at, id_ in last.values())])]


def messages(connection: Connection, ids: Collection[int]) -> list[JournalRow]:
    """In the order of `ids`; those that are there."""
    found: dict[int, JournalRow] = {}
    for chunk in q.chunks(ids):
        for row in connection.execute(q.MESSAGES, {"keys": list(chunk)}):
            found[row[0]] = read_journal(row)
    return [found[id_] for id_ in ids if id_ in found]


def acts(connection: Connection, about: JournalRow) -> list[JournalRow]:
    """What operators did with a message, oldest first. They carry its id and its digest."""
    same = [
        column == value if value else column.is_(None)
        for column, value in ((_m.message_id, about.message_id), (_m.digest, about.digest))
    ]
    statement = (
        select(*q.JOURNAL_COLUMNS)
        .where(_m.direction == "ops", _m.system == about.system, *same)
        .order_by(_m.stored_at, _m.id)
    )
    return [read_journal(row) for row in connection.execute(statement)]


def numbers_of(
    connection: Connection, system: str, *, after: str = "", since: int = 0, limit: int = 1_000
) -> list[str]:
    """Customer numbers of a system in their order, the next page after one.

    `since`: those of whom something changed from then on, or who were pushed something.
    """
    statement = select(_r.customer_no).where(_r.system == system)
    if after:
        statement = statement.where(_r.customer_no > after)
    if since:
        statement = statement.where(_r.customer_no.in_(_concerned(system, since)))
    statement = statement.order_by(_r.customer_no).limit(limit)
    return [row[0] for row in connection.execute(statement)]


def _concerned(system: str, since: int) -> Any:
    changed = select(_r.customer_no).where(
        _r.system == system, exists().where(_e.ecif_no == _r.head, _e.stored_at >= since)
    )
    pushed = select(_m.customer_no).where(
        _m.system == system, _m.direction == "out", _m.stored_at >= since, _m.customer_no.is_not(None)
    )
    return union(changed, pushed)


def records(
    connection: Connection, system: str, customer_nos: Collection[str]
) -> Iterator[tuple[Stored, Party]]:
    """These records, each with the party it belongs to."""
    for chunk in q.chunks(customer_nos):
        bound = {"system": system, "keys": list(chunk)}
        found = [read_record(row) for row in connection.execute(q.RECORDS, bound)]
        heads = {"keys": sorted({stored.head for stored in found})}
        read = (read_party(row).party for row in connection.execute(q.PARTIES_BY_HEAD, heads))
        parties = {party.ecif_no: party for party in read}
        yield from ((stored, parties[stored.head]) for stored in found)
