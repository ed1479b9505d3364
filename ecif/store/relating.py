"""Reads of relations, documents and shared phones, all for many parties at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, select

from ecif.store import schema as t
from ecif.store import statements as q

_p, _d = t.party.c, t.FACTS["party_document"].c
_c, _a = t.FACTS["party_contact"].c, t.FACTS["party_address"].c
_l, _r = t.LISTED["party_relation"].c, t.source_record.c


class Reported(NamedTuple):
    """A relation that holds now, as one source record of a party reports it."""

    head: str
    system: str
    customer_no: str
    type: str
    name: str
    document_type: str
    document_no: str
    share: str
    key: str
    """The document in the form in which it is looked for; "" where it identifies nobody."""
    since: int


class Brief(NamedTuple):
    ecif_no: str
    kind: str
    name: str


_REPORTED: Select[Any] = (
    select(
        _r.head, _l.system, _l.customer_no, _l.relation, _l.name, _l.document_type, _l.document_no,
        _l.share_percent, _l.document_key, _l.valid_from,
    )
    .select_from(
        t.LISTED["party_relation"].join(
            t.source_record, and_(_r.system == _l.system, _r.customer_no == _l.customer_no)
        )
    )
    .where(_l.valid_until.is_(None))
)  # fmt: skip


def reported_by(connection: Connection, heads: Collection[str]) -> list[Reported]:
    """What the records of these parties report."""
    return list(_reported(connection, _r.head, heads))


def reported_of(connection: Connection, keys: Collection[str]) -> list[Reported]:
    """What anybody reports of whoever carries one of these documents."""
    return list(_reported(connection, _l.document_key, keys))


def _reported(connection: Connection, column: Any, keys: Collection[str]) -> Iterator[Reported]:
    for chunk in q.chunks(sorted(keys)):
        for row in connection.execute(_REPORTED.where(column.in_(chunk))):
            head, system, customer_no, type_, *said, since = row
            name, document_type, document_no, share, key = (text or "" for text in said)
            yield Reported(
                head, system, customer_no, type_, name, document_type, document_no, share, key, since
            )


def briefs(connection: Connection, heads: Collection[str]) -> dict[str, Brief]:
    found = _rows(connection, select(_p.ecif_no, _p.kind, _p.name), _p.ecif_no, heads)
    return {row[0]: Brief(row[0], row[1] or "person", row[2] or "") for row in found}


def documents_of(connection: Connection, heads: Collection[str]) -> dict[str, list[str]]:
    """ECIF number → keys of its documents."""
    statement = select(_d.ecif_no, _d.document_key).where(
        _d.valid_until.is_(None), _d.document_key.is_not(None)
    )
    return _gathered(_rows(connection, statement, _d.ecif_no, heads))


def holders(connection: Connection, keys: Collection[str]) -> dict[str, list[str]]:
    """Key of a document → ECIF numbers that carry it."""
    statement = select(_d.document_key, _d.ecif_no).where(_d.valid_until.is_(None))
    return _gathered(_rows(connection, statement, _d.document_key, keys))


def phones_of(connection: Connection, ecif_no: str) -> list[str]:
    statement = select(_c.contact).where(_c.ecif_no == ecif_no, _c.kind == "phone", _c.valid_until.is_(None))
    return sorted({row[0] for row in connection.execute(statement)})


def phone_holders(connection: Connection, phone: str, most: int) -> list[str]:
    """Who has this phone number, at most so many."""
    statement = (
        select(_c.ecif_no)
        .where(_c.contact == phone, _c.kind == "phone", _c.valid_until.is_(None))
        .distinct()
        .limit(most)
    )
    return [row[0] for row in connection.execute(statement)]


def addresses_of(connection: Connection, heads: Collection[str]) -> dict[str, list[str]]:
    """ECIF number → address lines."""
    statement = select(_a.ecif_no, _a.line).where(_a.valid_until.is_(None))
    return _gathered(_rows(connection, statement, _a.ecif_no, heads))


def _rows(
    connection: Connection, statement: Select[Any], column: Any, keys: Collection[str]
) -> Iterator[Any]:
    for chunk in q.chunks(sorted(keys)):
        yield from connection.execute(statement.where(column.in_(chunk)))


def _gathered(rows: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, value in sorted((row[0], row[1]) for row in rows):
        found[key].append(value)
    return found
