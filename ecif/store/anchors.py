"""Reads and writes of anchors: which chains grew, what is anchored, what no longer agrees."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select

from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.history_tables import anchor, anchor_head, history_checkpoint

_e, _a, _h, _c = t.change_event.c, anchor.c, anchor_head.c, history_checkpoint.c


class Head(NamedTuple):
    """How far one party's chain has come."""

    ecif_no: str
    seq: int
    chain: str


class Stored(NamedTuple):
    """An anchor as it is stored."""

    id: int
    anchored_at: int
    heads: int
    root: str
    digest: str
    key_name: str
    signature: str


_ANCHOR = (_a.id, _a.anchored_at, _a.heads, _a.root, _a.digest, _a.key_name, _a.signature)


def newest(connection: Connection) -> Stored | None:
    row = connection.execute(select(*_ANCHOR).order_by(_a.id.desc()).limit(1)).first()
    return None if row is None else _stored(row)


def all_anchors(connection: Connection, above: int = 0) -> Iterator[Stored]:
    page = select(*_ANCHOR).order_by(_a.id).limit(500)
    rows = connection.execute(page.where(_a.id > above)).all()
    while rows:
        yield from map(_stored, rows)
        rows = connection.execute(page.where(_a.id > rows[-1][0])).all()


def _stored(row: Any) -> Stored:
    id_, anchored_at, heads, root, digest, key_name, signature = row
    return Stored(id_, anchored_at, heads, root, digest, key_name or "", signature or "")


def covered(connection: Connection) -> int:
    """When the last event that is anchored was stored; 0 for none."""
    last = select(func.max(_a.id)).scalar_subquery()
    statement = (
        select(func.max(_e.stored_at))
        .select_from(t.change_event.join(anchor_head, and_(_h.ecif_no == _e.ecif_no, _h.seq == _e.seq)))
        .where(_h.anchor == last)
    )
    return int(connection.execute(statement).scalar() or 0)


def grown(connection: Connection, since: int) -> Generator[Head, None, None]:
    """The heads of all chains with an event stored since then, the oldest first."""
    ends = (
        select(_e.ecif_no, func.max(_e.seq).label("seq"))
        .where(_e.stored_at >= since, _e.chain.is_not(None))
        .group_by(_e.ecif_no)
        .subquery()
    )
    statement = (
        select(_e.ecif_no, _e.seq, _e.chain)
        .select_from(t.change_event.join(ends, and_(ends.c.ecif_no == _e.ecif_no, ends.c.seq == _e.seq)))
        .order_by(_e.stored_at, _e.ecif_no)
    )
    with connection.execution_options(yield_per=1_000).execute(statement) as rows:
        for row in rows:
            yield Head(row[0], row[1], row[2])


def anchored(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """ECIF number → the newest event of it that is anchored."""
    found: dict[str, int] = {}
    for keys in q.chunks(numbers):
        statement = select(_h.ecif_no, func.max(_h.seq)).where(_h.ecif_no.in_(keys)).group_by(_h.ecif_no)
        found |= {row[0]: row[1] for row in connection.execute(statement)}
    return found


def add(connection: Connection, made: Stored, heads: Sequence[Head]) -> None:
    row = made._asdict() | {"key_name": made.key_name or None, "signature": made.signature or None}
    connection.execute(insert(anchor), row)
    connection.execute(insert(anchor_head), [{"anchor": made.id, **head._asdict()} for head in heads])


def heads_of(connection: Connection, number: int) -> Iterator[Head]:
    """In the order in which they are hashed."""
    statement = select(_h.ecif_no, _h.seq, _h.chain).where(_h.anchor == number).order_by(_h.ecif_no)
    for row in connection.execute(statement):
        yield Head(row[0], row[1], row[2])


def broken_heads(connection: Connection) -> Iterator[tuple[Head, int, bool]]:
    """What was anchored and is not so any more: (head, anchor, whether the event is there at all). What was
    pruned is behind its party's checkpoint."""
    statement = (
        select(_h.ecif_no, _h.seq, _h.chain, _h.anchor, _e.seq)
        .select_from(
            anchor_head.outerjoin(t.change_event, and_(_e.ecif_no == _h.ecif_no, _e.seq == _h.seq)).outerjoin(
                history_checkpoint, _c.ecif_no == _h.ecif_no
            )
        )
        .where(
            or_(_e.chain.is_(None), _e.chain != _h.chain),
            or_(_c.seq.is_(None), _c.seq < _h.seq),
        )
        .order_by(_h.ecif_no, _h.seq)
    )
    for row in connection.execute(statement):
        yield Head(row[0], row[1], row[2]), row[3], row[4] is not None


def hashed(heads: Iterable[Head]) -> list[Head]:
    """The order in which an anchor's heads are hashed."""
    return sorted(heads)
