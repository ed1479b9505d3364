"""Who is meant by an exact number: customer number, document, account, card. Each is one seek of an index.

Gives current ECIF numbers (heads), never values.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, or_, select

from ecif.store import schema as t
from ecif.store import statements as q
from ecif.store.reports import View

MOST = 200
"""Parties that one number may lead to; more share a placeholder."""

__all__ = [
    "View", "heads", "heads_of_customer", "heads_of_documents", "heads_of_holding", "heads_of_match_keys",
]  # fmt: skip

_p, _r, _h = t.party.c, t.source_record.c, t.LISTED["party_holding"].c
_d = t.FACTS["party_document"].c

_RECORDS = select(_r.head).where(_r.system.in_(q.among("systems")), _r.customer_no == bindparam("number"))


def heads(connection: View, numbers: Collection[str]) -> list[str]:
    """What these ECIF numbers, old or current, resolve to."""
    return _read(connection, q.HEADS_OF_PARTIES, {"keys": list(numbers)}) if numbers else []


def heads_of_customer(connection: View, systems: Collection[str], customer_no: str) -> list[str]:
    """Whose customer number this is, in any of these systems."""
    return _read(connection, _RECORDS, {"systems": list(systems), "number": customer_no}) if systems else []


def heads_of_documents(
    connection: View, numbers: Collection[str], type: str = "", at: int | None = None
) -> list[str]:
    """Whose golden record carries one of these numbers, or carried it at that moment."""
    statement = select(_d.ecif_no).where(_d.document_no.in_(list(numbers)))
    if type:
        statement = statement.where(_d.document_type == type)
    if at is None:
        statement = statement.where(_d.valid_until.is_(None))
    else:
        statement = statement.where(_d.valid_from <= at, or_(_d.valid_until.is_(None), _d.valid_until > at))
    return heads(connection, _read(connection, statement.limit(MOST), {})) if numbers else []


def heads_of_match_keys(connection: View, keys: Collection[str]) -> list[str]:
    """Whose records, winning or not, carry one of these match keys."""
    if not keys:
        return []
    found = connection.execute(q.MATCHES, {"keys": list(keys)})
    return sorted({row[1] for row in found})


def heads_of_holding(
    connection: View, number: str, kinds: Collection[str] = (), at: int | None = None
) -> list[str]:
    """Who has, or had then, an account or card of this number."""
    statement = (
        select(_r.head)
        .select_from(
            t.LISTED["party_holding"].join(
                t.source_record, (_r.system == _h.system) & (_r.customer_no == _h.customer_no)
            )
        )
        .where(_h.holding_no == number)
    )
    if kinds:
        statement = statement.where(_h.kind.in_(list(kinds)))
    if at is None:
        statement = statement.where(_h.valid_until.is_(None))
    else:
        statement = statement.where(_h.valid_from <= at, or_(_h.valid_until.is_(None), _h.valid_until > at))
    return _read(connection, statement.limit(MOST), {})


def _read(connection: View, statement: Any, bound: dict[str, Any]) -> list[str]:
    return sorted({row[0] for row in connection.execute(statement, bound)})
