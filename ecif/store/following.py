"""Reads for those who follow the hub's changes from outside: which events there are, parties by number."""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, func, not_, or_, select

from ecif.model import Key, Party
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.rows import read_party

PAGE = 2_000
_e, _p, _r = t.change_event.c, t.party.c, t.source_record.c
_BY_NUMBER = select(*q.PARTY_COLUMNS).where(_p.ecif_no.in_(q.among("keys")))
_OWNERS = select(_r.customer_no, _r.head).where(
    _r.system == bindparam("system"), _r.customer_no.in_(q.among("keys"))
)


class Event(msgspec.Struct, frozen=True, gc=False):
    """A change event without what changed."""

    ecif_no: str
    seq: int
    version: int
    cause: str
    stored_at: int


def newest_event(connection: Connection) -> int:
    """When the last one was stored; 0: there is none."""
    return int(connection.execute(select(func.max(_e.stored_at))).scalar() or 0)


def events_from(connection: Connection, stored_at: int, until: int | None = None) -> Iterator[Event]:
    """In the order of their moments, a page at a time: stop when there are enough."""
    columns = (_e.ecif_no, _e.seq, _e.version, _e.cause, _e.stored_at)
    ordered = select(*columns).order_by(_e.stored_at, _e.ecif_no, _e.seq).limit(PAGE)
    if until is not None:
        ordered = ordered.where(_e.stored_at < until)
    page = [Event(*row) for row in connection.execute(ordered.where(_e.stored_at >= stored_at)).all()]
    while page:
        yield from page
        if len(page) < PAGE:
            return
        page = [Event(*row) for row in connection.execute(_after(ordered, page[-1])).all()]


def _after(ordered: Select[Any], last: Event) -> Select[Any]:
    same = and_(_e.ecif_no == last.ecif_no, _e.seq <= last.seq)
    before = and_(_e.stored_at == last.stored_at, or_(_e.ecif_no < last.ecif_no, same))
    return ordered.where(_e.stored_at >= last.stored_at, not_(before))


def count_events(connection: Connection, stored_at: int, until: int) -> int:
    statement = select(func.count(_e.ecif_no)).where(_e.stored_at >= stored_at, _e.stored_at < until)
    return int(connection.execute(statement).scalar_one())


def parties(connection: Connection, numbers: Collection[str]) -> dict[str, Party]:
    """As they are now, those that are there; a merged one shows nothing of its own."""
    found: dict[str, Party] = {}
    for chunk in q.chunks(numbers):
        for row in connection.execute(_BY_NUMBER, {"keys": list(chunk)}):
            found[row[0]] = read_party(row).party
    return found


def parties_after(connection: Connection, ecif_no: str, limit: int) -> list[Party]:
    """The next ones in the order of their numbers."""
    statement: Any = select(*q.PARTY_COLUMNS).where(_p.ecif_no > ecif_no).order_by(_p.ecif_no).limit(limit)
    return [read_party(row).party for row in connection.execute(statement)]


def heads_of(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Number → the one it resolves to now."""
    found: dict[str, str] = {}
    for chunk in q.chunks(numbers):
        rows = connection.execute(select(_p.ecif_no, _p.head).where(_p.ecif_no.in_(list(chunk))))
        found |= {row[0]: row[1] for row in rows}
    return found


def owners_of(connection: Connection, keys: Collection[Key]) -> dict[Key, str]:
    """Record → the number that its party resolves to now."""
    found: dict[Key, str] = {}
    for system in {key[0] for key in keys}:
        for chunk in q.chunks(sorted(number for owner, number in keys if owner == system)):
            bound = {"system": system, "keys": list(chunk)}
            found |= {(system, row[0]): row[1] for row in connection.execute(_OWNERS, bound)}
    return found


def changed_between(
    connection: Connection, start: int, end: int, *, after: str = "", limit: int = 500
) -> list[str]:
    """Numbers of the parties that changed in that time, in their order, the next ones after one."""
    statement = (
        select(_e.ecif_no)
        .where(_e.stored_at >= start, _e.stored_at < end, _e.ecif_no > (after or "0"))
        .group_by(_e.ecif_no)
        .order_by(_e.ecif_no)
        .limit(limit)
    )
    return [row[0] for row in connection.execute(statement)]
