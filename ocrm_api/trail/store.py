"""The trail's SQL: appending, searching, and reading all of it for verification."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from ecif.store.bulk import Bulk
from ocrm_api.trail.chain import Head
from ocrm_api.trail.entry import Entry
from ocrm_api.trail.tables import trail_anchor, trail_entry, trail_head, trail_party

Row = Mapping[str, Any]
_PAGE = 5_000


_ADD_ENTRIES, _ADD_PARTIES, _ADD_HEAD = insert(trail_entry), insert(trail_party), insert(trail_head)
_MOVE_HEAD = (
    update(trail_head)
    .where(trail_head.c.chain == bindparam("of_chain"))
    .values(seq=bindparam("to_seq"), digest=bindparam("to_digest"))
)


def append(
    connection: Connection, bulk: Bulk, entries: Sequence[Entry], rows: Sequence[dict[str, Any]], head: Head
) -> None:
    """New rows of one chain, and its head after them."""
    bulk.many(connection, _ADD_ENTRIES, rows)
    parties = [
        {"ecif_no": ecif_no, "at": row["at"], "chain": row["chain"], "seq": row["seq"]}
        for entry, row in zip(entries, rows, strict=True)
        for ecif_no in entry.parties
    ]
    bulk.many(connection, _ADD_PARTIES, parties)
    if rows[0]["seq"] == 1:
        first = {"chain": head.chain, "started_at": rows[0]["at"], "seq": head.seq, "digest": head.digest}
        bulk.many(connection, _ADD_HEAD, [first])
    else:
        moved = {"of_chain": head.chain, "to_seq": head.seq, "to_digest": head.digest}
        bulk.many(connection, _MOVE_HEAD, [moved])


def heads(connection: Connection) -> dict[str, Head]:
    found = connection.execute(select(trail_head.c.chain, trail_head.c.seq, trail_head.c.digest))
    return {row.chain: Head(row.chain, row.seq, row.digest) for row in found}


def add_anchor(connection: Connection, anchor: Head, at: int, told: str) -> None:
    row = {"chain": anchor.chain, "seq": anchor.seq, "at": at, "heads": told, "digest": anchor.digest}
    connection.execute(insert(trail_anchor), row)


def anchors(connection: Connection) -> list[Row]:
    order = (trail_anchor.c.chain, trail_anchor.c.seq)
    return [dict(row) for row in connection.execute(select(trail_anchor).order_by(*order)).mappings()]


def anchored(connection: Connection) -> dict[str, Head]:
    """The last anchored head of each chain."""
    found: dict[str, Head] = {}
    for row in connection.execute(select(trail_anchor.c.heads).order_by(trail_anchor.c.at)):
        found |= {name: Head(name, *head) for name, head in json.loads(row.heads).items()}
    return found


def chain_rows(connection: Connection, chain: str) -> Iterator[Row]:
    """All entries of a chain in order, read by the page."""
    after = 0
    while True:
        page = connection.execute(
            select(trail_entry)
            .where(trail_entry.c.chain == chain, trail_entry.c.seq > after)
            .order_by(trail_entry.c.seq)
            .limit(_PAGE)
        ).mappings().all()  # fmt: skip
        yield from (dict(row) for row in page)
        if len(page) < _PAGE:
            return
        after = page[-1]["seq"]


def chains(connection: Connection) -> set[str]:
    """Those that have entries, whether there is a head for them or not."""
    return set(connection.execute(select(trail_entry.c.chain).distinct()).scalars())


def indexed(connection: Connection, chain: str) -> set[tuple[str, int]]:
    """(ECIF number, seq) as the index for searching has them."""
    found = select(trail_party.c.ecif_no, trail_party.c.seq).where(trail_party.c.chain == chain)
    return {(row.ecif_no, row.seq) for row in connection.execute(found)}


def search(
    connection: Connection, *, actor: str = "", action: str = "", ecif_no: str = "", since: int = 0,
    until: int = 0, after: tuple[int, str, int] | None = None, limit: int = 100,
) -> list[Row]:  # fmt: skip
    """The newest first; `after` is (at, chain, seq) of the last one of the page before."""
    entry = trail_entry.c
    query: Select[Any] = select(trail_entry)
    if ecif_no:
        same = and_(trail_party.c.chain == entry.chain, trail_party.c.seq == entry.seq)
        query = query.join(trail_party, same).where(trail_party.c.ecif_no == ecif_no)
    for column, wanted in ((entry.actor, actor), (entry.action, action)):
        if wanted:
            query = query.where(column == wanted)
    if since:
        query = query.where(entry.at >= since)
    if until:
        query = query.where(entry.at < until)
    if after:
        at, chain, seq = after
        later = or_(entry.chain < chain, and_(entry.chain == chain, entry.seq < seq))
        query = query.where(or_(entry.at < at, and_(entry.at == at, later)))
    ordered = query.order_by(entry.at.desc(), entry.chain.desc(), entry.seq.desc()).limit(limit)
    return [_read(dict(row)) for row in connection.execute(ordered).mappings()]


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(trail_entry)).scalar_one())


def _read(row: Row) -> Row:
    return {**row, "detail": json.loads(row["detail"]) if row["detail"] else {}}
