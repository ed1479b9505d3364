"""Rows of consents, restrictions and erasures; and what an erasure deletes."""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from ecif.decisions import Pin, decision_of, text_of
from ecif.model import Key
from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.privacy_tables import consent, erasure, restriction
from ecif.store.steward_tables import decision, decision_party

_c, _x, _p, _m, _r = consent.c, restriction.c, t.party.c, t.message.c, t.review_task.c
ERASED = "erased"


class Consent(msgspec.Struct, frozen=True):
    purpose: str
    given_at: int
    notice: str
    channel: str
    actor: str
    withdrawn_at: int
    """0: in force."""
    withdrawn_by: str


def hold(connection: Connection, ecif_no: str) -> str:
    """Nobody else changes what stands of this party before the transaction ends. Gives its head by then."""
    return str(connection.execute(q.held(select(_p.head).where(_p.ecif_no == ecif_no))).scalar_one())


# ---------------------------------------------------------------- consents


def consents(connection: Connection, numbers: Collection[str]) -> list[Consent]:
    columns = (
        _c.purpose, _c.given_at, _c.notice, _c.channel, _c.actor, _c.withdrawn_at, _c.withdrawn_by,
    )  # fmt: skip
    statement = select(*columns).where(_c.ecif_no.in_(list(numbers))).order_by(_c.given_at.desc(), _c.purpose)
    return [Consent(*row[:6], row[6] or "") for row in connection.execute(statement)]


def give(connection: Connection, ecif_no: str, one: Consent) -> None:
    row = msgspec.structs.asdict(one) | {"ecif_no": ecif_no, "withdrawn_by": one.withdrawn_by or None}
    connection.execute(insert(consent), row)


def withdraw(connection: Connection, numbers: Collection[str], purpose: str, actor: str, now: int) -> int:
    mine = and_(_c.ecif_no.in_(list(numbers)), _c.purpose == purpose, _c.withdrawn_at == 0)
    values = {"withdrawn_at": now, "withdrawn_by": actor[:80]}
    return connection.execute(update(consent).where(mine).values(values)).rowcount


# ---------------------------------------------------------------- restrictions


def restricted(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of these numbers whose party is restricted under any of its numbers: a merge lifts nothing."""
    asked = t.party.alias()
    resolved = asked.join(t.party, _p.head == asked.c.head).join(restriction, _x.ecif_no == _p.ecif_no)
    statement = select(asked.c.ecif_no).select_from(resolved)
    found: set[str] = set()
    for chunk in q.chunks(numbers):
        found |= {row[0] for row in connection.execute(statement.where(asked.c.ecif_no.in_(list(chunk))))}
    return found


def restriction_of(connection: Connection, numbers: Collection[str]) -> tuple[int, str, str] | None:
    """(since, who, why): the newest one under any of a party's numbers."""
    statement = select(_x.restricted_at, _x.actor, _x.reason).where(_x.ecif_no.in_(list(numbers)))
    row = connection.execute(statement.order_by(_x.restricted_at.desc(), _x.ecif_no)).first()
    return None if row is None else (row[0], row[1], row[2])


def restrict(connection: Connection, ecif_no: str, actor: str, reason: str, now: int) -> None:
    lift(connection, [ecif_no])
    values = {"ecif_no": ecif_no, "restricted_at": now, "actor": actor[:80], "reason": reason[:400]}
    connection.execute(insert(restriction), values)


def lift(connection: Connection, numbers: Collection[str]) -> None:
    connection.execute(delete(restriction).where(_x.ecif_no.in_(list(numbers))))


# ---------------------------------------------------------------- erasure


def erase(
    connection: Connection, numbers: Collection[str], keys: Iterable[Key], actor: str, reason: str, now: int
) -> None:
    """All rows that hold a value of these parties, but those of their history (`ecif.pruning`)."""
    mine = list(numbers)
    for table in t.FACTS.values():
        connection.execute(delete(table).where(table.c.ecif_no.in_(mine)))
    records = [{"b_system": system, "b_customer_no": customer_no} for system, customer_no in keys]
    for table in t.LISTED.values() if records else ():
        c = table.c
        owner = and_(c.system == bindparam("b_system"), c.customer_no == bindparam("b_customer_no"))
        connection.execute(delete(table).where(owner), records)
    _bodies(connection, mine, records)
    _decisions(connection, mine)
    concerned = or_(_r.ecif_no.in_(mine), _r.other.in_(mine))
    connection.execute(update(t.review_task).where(concerned, _r.closed_at == 0).values(closed_at=now))
    connection.execute(delete(consent).where(_c.ecif_no.in_(mine)))
    lift(connection, mine)
    connection.execute(delete(erasure).where(erasure.c.ecif_no.in_(mine)))
    told = {"erased_at": now, "actor": actor[:80], "reason": reason[:400]}
    connection.execute(insert(erasure), [{"ecif_no": number, **told} for number in mine])


def _bodies(connection: Connection, numbers: list[str], records: list[dict[str, str]]) -> None:
    """Messages stay in the journal, so that a repeated one is known; what they said goes."""
    found = {row[0] for row in connection.execute(select(_m.id).where(_m.ecif_no.in_(numbers)))}
    owner = and_(_m.system == bindparam("b_system"), _m.customer_no == bindparam("b_customer_no"))
    for record in records:
        found |= {row[0] for row in connection.execute(select(_m.id).where(owner), record)}
    if found:
        going = delete(t.message_body).where(t.message_body.c.id == bindparam("b_id"))
        connection.execute(going, [{"b_id": id} for id in sorted(found)])


def _decisions(connection: Connection, numbers: list[str]) -> None:
    """What was pinned is a value; that something was stays."""
    of_mine = select(decision_party.c.decision).where(decision_party.c.ecif_no.in_(numbers))
    rows: list[Any] = list(
        connection.execute(select(decision.c.id, decision.c.content).where(decision.c.id.in_(of_mine)))
    )
    for id, content in rows:
        made = decision_of(content)
        if isinstance(made, Pin):
            blank = text_of(msgspec.structs.replace(made, value=ERASED))
            connection.execute(update(decision).where(decision.c.id == id).values(content=blank))
