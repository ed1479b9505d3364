"""Rows of kept replies."""

from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ocrm_api.idempotency.tables import kept_reply

_c = kept_reply.c
_MINE = (_c.staff == bindparam("b_staff"), _c.request_key == bindparam("b_key"))
_BEGUN = (*_MINE, _c.begun_at == bindparam("b_begun_at"))


class Kept(msgspec.Struct, frozen=True):
    digest: str
    begun_at: int
    status: int | None
    headers: dict[str, str]
    body: str


def kept(connection: Connection, staff: str, key: str) -> Kept | None:
    columns = (_c.digest, _c.begun_at, _c.status, _c.headers, _c.body)
    row = connection.execute(select(*columns).where(*_MINE), {"b_staff": staff, "b_key": key}).first()
    if row is None:
        return None
    headers = msgspec.json.decode(row.headers, type=dict[str, str]) if row.headers else {}
    return Kept(row.digest, row.begun_at, row.status, headers, row.body or "")


def begin(connection: Connection, staff: str, key: str, digest: str, now: int) -> None:
    """Collided: somebody else began it at the same moment."""
    values = {"staff": staff, "request_key": key, "digest": digest, "begun_at": now}
    connection.execute(insert(kept_reply).values(values))


def finish(connection: Connection, staff: str, key: str, begun_at: int, reply: dict[str, Any]) -> None:
    """Nothing where another request has taken the key over."""
    connection.execute(update(kept_reply).where(*_BEGUN).values(reply), _begun(staff, key, begun_at))


def forget(connection: Connection, staff: str, key: str, begun_at: int) -> None:
    """Nothing where another request has taken the key over."""
    connection.execute(delete(kept_reply).where(*_BEGUN), _begun(staff, key, begun_at))


def forget_before(connection: Connection, moment: int) -> None:
    connection.execute(delete(kept_reply).where(_c.begun_at < moment))


def _begun(staff: str, key: str, begun_at: int) -> dict[str, Any]:
    return {"b_staff": staff, "b_key": key, "b_begun_at": begun_at}
