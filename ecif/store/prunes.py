"""What pruning reads and deletes, a page at a time; every deletion is by primary key."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, select, update

from ecif.store import schema as t
from ecif.store.history_tables import history_checkpoint, party_snapshot
from ecif.store.proofs import Checkpoint

_b, _m, _s = t.message_body.c, t.message.c, t.sync_state.c
_e, _c, _n = t.change_event.c, history_checkpoint.c, party_snapshot.c
_FAILED = "failed"


class Body(NamedTuple):
    id: int
    stored_at: int
    ecif_no: str
    needed: bool
    """It may be replayed, or is being pushed."""


_BODIES: Select[Any] = (
    select(_b.id, _b.stored_at, _m.ecif_no, _m.state, _s.push_row)
    .select_from(
        t.message_body.outerjoin(t.message, _m.id == _b.id).outerjoin(t.sync_state, _s.push_row == _b.id)
    )
    .order_by(_b.id)
)


def bodies(connection: Connection, above: int, most: int) -> list[Body]:
    rows = connection.execute(_BODIES.where(_b.id > above).limit(most))
    return [Body(row[0], row[1], row[2] or "", row[3] == _FAILED or row[4] is not None) for row in rows]


def drop_bodies(connection: Connection, ids: Sequence[int]) -> None:
    statement = delete(t.message_body).where(_b.id == bindparam("b_id"))
    connection.execute(statement, [{"b_id": id} for id in ids])


class Old(NamedTuple):
    """A party with events that nobody needs to know what held on the day."""

    ecif_no: str
    keep: int
    """The event that was in force then: those before it may go."""


def old_histories(connection: Connection, above: str, before: int, most: int) -> list[Old]:
    statement = (
        select(_e.ecif_no, func.max(_e.seq))
        .where(_e.stored_at < before)
        .group_by(_e.ecif_no)
        .having(func.min(_e.seq) < func.max(_e.seq))
        .order_by(_e.ecif_no)
        .limit(most)
    )
    if above:  # Oracle takes "" for NULL, than which nothing is greater
        statement = statement.where(_e.ecif_no > above)
    return [Old(row[0], row[1]) for row in connection.execute(statement)]


def put_checkpoint(connection: Connection, made: Checkpoint, now: int) -> None:
    row = {
        "seq": made.seq,
        "chain": made.chain or None,
        "state": made.state,
        "events": made.events,
        "pruned_at": now,
        "key_name": made.key_name or None,
        "signature": made.signature or None,
    }
    changed = connection.execute(update(history_checkpoint).where(_c.ecif_no == made.ecif_no).values(row))
    if changed.rowcount == 0:
        connection.execute(insert(history_checkpoint), row | {"ecif_no": made.ecif_no})


def drop_events(connection: Connection, ecif_no: str, upto: int, version: int) -> None:
    """Events and snapshots up to that one; facts that had ended by its version."""
    connection.execute(delete(t.change_event).where(_e.ecif_no == ecif_no, _e.seq <= upto))
    connection.execute(delete(party_snapshot).where(_n.ecif_no == ecif_no, _n.seq <= upto))
    for table in t.FACTS.values():
        ended = and_(table.c.ecif_no == ecif_no, table.c.until_version <= version)
        connection.execute(delete(table).where(ended))


def held_bodies(bodies: Collection[Body], held: Collection[str]) -> list[Body]:
    """Those that may go."""
    return [body for body in bodies if not body.needed and body.ecif_no not in held]
