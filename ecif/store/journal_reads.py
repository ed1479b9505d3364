"""The journal by pages, for operators: newest first, from before a row that was seen."""

from typing import Any

from sqlalchemy import select

from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.reports import NONCE, View
from ecif.store.rows import JournalRow, read_journal

_m = t.message.c

Position = tuple[int, int]
"""(moment, row)"""


def page(
    connection: View, *, system: str = "", message_id: str = "", ecif_no: str = "", state: str = "",
    direction: str = "", since: int = 0, until: int = 0, before: Position | None = None, limit: int = 50,
) -> list[JournalRow]:  # fmt: skip
    statement = select(*q.JOURNAL_COLUMNS).where(_m.direction != NONCE)
    wanted: tuple[tuple[Any, str], ...] = (
        (_m.system, system), (_m.message_id, message_id), (_m.ecif_no, ecif_no), (_m.state, state),
        (_m.direction, direction),
    )  # fmt: skip
    for column, value in wanted:
        if value:
            statement = statement.where(column == value)
    if since:
        statement = statement.where(_m.stored_at >= since)
    if until:
        statement = statement.where(_m.stored_at < until)
    if before is not None:
        at, row = before
        statement = statement.where((_m.stored_at < at) | ((_m.stored_at == at) & (_m.id < row)))
    statement = statement.order_by(_m.stored_at.desc(), _m.id.desc()).limit(limit)
    return [read_journal(row) for row in connection.execute(statement)]
