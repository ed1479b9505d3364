"""Reads for the steward's desk: the queue of questions, decisions, who declared what different.

Pages go by keys, not by counting: (opened at, id) for questions, id for decisions, which come in blocks but
never return.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, func, or_, select

from ecif.store import schema as t
from ecif.store import steward_tables as st
from ecif.store.rows import Row
from ecif.store.statements import chunks
from ecif.store.stewards import Decided, decisions, read_decision

_task, _claim, _d, _p = t.review_task.c, st.review_claim.c, st.decision.c, st.decision_party.c
_one, _other = t.party.alias("one_party"), t.party.alias("other_party")

_TASKS: Select[Any] = (
    select(
        t.review_task,
        _claim.assignee,
        _claim.claimed_at,
        _one.c.head.label("head_now"),
        _other.c.head.label("other_now"),
    )
    .select_from(t.review_task)
    .outerjoin(st.review_claim, _claim.task == _task.id)
    .outerjoin(_one, _one.c.ecif_no == _task.ecif_no)
    .outerjoin(_other, _other.c.ecif_no == _task.other)
)


class Asked(msgspec.Struct, frozen=True):
    """What of the queue is wanted."""

    kind: str = ""
    state: str = "open"
    assignee: str | None = None
    ecif_nos: tuple[str, ...] = ()
    """Of a party: all its numbers."""
    after: tuple[int, int] | None = None
    """(opened at, id) of the last one seen."""


def tasks(connection: Connection, asked: Asked, limit: int) -> list[Row]:
    """The oldest first."""
    statement = _TASKS.order_by(_task.opened_at, _task.id).limit(limit)
    for condition in _conditions(asked):
        statement = statement.where(condition)
    return [dict(row) for row in connection.execute(statement).mappings()]


def task_count(connection: Connection, asked: Asked) -> int:
    statement = select(func.count()).select_from(t.review_task)
    statement = statement.outerjoin(st.review_claim, _claim.task == _task.id)
    for condition in _conditions(msgspec.structs.replace(asked, after=None)):
        statement = statement.where(condition)
    return int(connection.execute(statement).scalar_one())


def _conditions(asked: Asked) -> list[Any]:
    found: list[Any] = []
    if asked.kind:
        found.append(_task.kind == asked.kind)
    if asked.state:
        found.append(_task.closed_at == 0 if asked.state == "open" else _task.closed_at > 0)
    if asked.assignee is not None:
        found.append(_claim.assignee == asked.assignee if asked.assignee else _claim.assignee.is_(None))
    if asked.ecif_nos:
        found.append(or_(_task.ecif_no.in_(asked.ecif_nos), _task.other.in_(asked.ecif_nos)))
    if asked.after is not None:
        at, number = asked.after
        found.append(or_(_task.opened_at > at, and_(_task.opened_at == at, _task.id > number)))
    return found


def answered_already(connection: Connection) -> list[tuple[int, str]]:
    """(open question, party) where the two that it asks about are one."""
    statement = (
        select(_task.id, _one.c.head)
        .join(_one, _one.c.ecif_no == _task.ecif_no)
        .join(_other, _other.c.ecif_no == _task.other)
        .where(_task.closed_at == 0, _one.c.head == _other.c.head)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def task(connection: Connection, number: int) -> Row | None:
    row = connection.execute(_TASKS.where(_task.id == number)).mappings().first()
    return None if row is None else dict(row)


def answers(connection: Connection, tasks: Collection[int]) -> dict[int, Decided]:
    """Review task → the newest decision that answers it, proposed or taken."""
    found: dict[int, Decided] = {}
    for chunk in chunks(sorted(tasks)):
        statement = decisions().where(_d.task.in_(chunk), _d.state.in_(("proposed", "taken"))).order_by(_d.id)
        for row in connection.execute(statement):
            one = read_decision(row)
            found[one.task] = one
    return found


def decided(
    connection: Connection, *, state: str = "", ecif_nos: Collection[str] = (), before: int = 0,
    limit: int = 50,
) -> list[Decided]:  # fmt: skip
    """The newest first."""
    statement = decisions().order_by(_d.id.desc()).limit(limit)
    if state:
        statement = statement.where(_d.state == state)
    if ecif_nos:
        of_party = select(_p.decision).where(_p.ecif_no.in_(sorted(ecif_nos)))
        statement = statement.where(_d.id.in_(of_party))
    if before:
        statement = statement.where(_d.id < before)
    return [read_decision(row) for row in connection.execute(statement)]


def parties_of(connection: Connection, numbers: Collection[int]) -> dict[int, list[str]]:
    """Decision → ECIF numbers that it concerned."""
    found: dict[int, list[str]] = {number: [] for number in numbers}
    for chunk in chunks(sorted(numbers)):
        statement = select(_p.decision, _p.ecif_no).where(_p.decision.in_(chunk)).order_by(_p.ecif_no)
        for number, ecif_no in connection.execute(statement):
            found[number].append(ecif_no)
    return found
