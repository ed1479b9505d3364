"""Legal holds as rows."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.base import WIDTH
from ecif.store.history_tables import legal_hold

_h, _p = legal_hold.c, t.party.c


def add(connection: Connection, ecif_no: str, now: int, actor: str, reason: str) -> None:
    row: dict[str, object] = {"ecif_no": ecif_no, "placed_at": now, "lifted_at": 0}
    row |= {"actor": actor[:80], "reason": reason[:WIDTH]}
    connection.execute(insert(legal_hold), row)


def lift(connection: Connection, ecif_no: str, now: int, actor: str, reason: str) -> int:
    lifted = {"lifted_at": now, "lifted_by": actor[:80] or None, "lift_reason": reason[:WIDTH] or None}
    in_force = update(legal_hold).where(_h.ecif_no == ecif_no, _h.lifted_at == 0)
    return connection.execute(in_force.values(lifted)).rowcount


def listed(connection: Connection, ecif_no: str) -> Iterator[tuple[Any, ...]]:
    statement = select(
        _h.ecif_no, _h.placed_at, _h.actor, _h.reason, _h.lifted_at, _h.lifted_by, _h.lift_reason
    ).order_by(_h.placed_at.desc(), _h.ecif_no)
    if ecif_no:
        statement = statement.where(_h.ecif_no == ecif_no)
    for row in connection.execute(statement):
        yield (*row[:5], row[5] or "", row[6] or "")


def held(connection: Connection) -> set[str]:
    numbers = {row[0] for row in connection.execute(select(_h.ecif_no).where(_h.lifted_at == 0))}
    # Their heads, then all that lead there.
    for column, wanted in ((_p.ecif_no, _p.head), (_p.head, _p.ecif_no)):
        for keys in q.chunks(sorted(numbers)):
            numbers |= {row[0] for row in connection.execute(select(wanted).where(column.in_(keys)))}
    return numbers
