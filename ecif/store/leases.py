"""The rows of `ecif.leases`, and the database's own clock."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Insert, Select, Update, bindparam, insert, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ecif.store import statements as q
from ecif.store.errors import LeaseLost
from ecif.store.lease_tables import lease as table


class Lease(msgspec.Struct, frozen=True):
    system: str
    holder: str = ""
    token: int = 0
    taken_at: int = 0
    held_until: int = 0
    lasts: int = 0

    def is_free(self, now: int) -> bool:
        """Also one that the clock, since set back, would hold for longer than it lasts."""
        return not now < self.held_until <= now + self.lasts


class DatabaseClock(FunctionElement[int]):
    """Microseconds since 1970-01-01 00:00 UTC where the database runs, whatever the hub's clock says."""

    type = BigInteger()
    inherit_cache = True


@compiles(DatabaseClock, "sqlite")
def _sqlite(element: DatabaseClock, compiler: SQLCompiler, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(DatabaseClock, "postgresql")
def _postgresql(element: DatabaseClock, compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(extract(epoch from clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(DatabaseClock, "oracle")
def _oracle(element: DatabaseClock, compiler: SQLCompiler, **_: Any) -> str:
    since = "(SYSTIMESTAMP - TIMESTAMP '1970-01-01 00:00:00 +00:00')"
    parts = {"DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}
    return "+".join(
        f"TRUNC(EXTRACT({part} FROM {since})*CAST({seconds}000000 AS NUMBER(19)))"
        for part, seconds in parts.items()
    )


_c = table.c
_COLUMNS = (_c.system, _c.holder, _c.token, _c.taken_at, _c.held_until, _c.lasts)
_ALL: Select[Any] = select(*_COLUMNS, DatabaseClock())
_ADD: Insert = insert(table)
_STEP: Update = (
    update(table)
    .where(
        _c.system == bindparam("b_system"),
        _c.token == bindparam("b_token"),
        _c.held_until == bindparam("b_until"),
    )
    .values({name: bindparam(name) for name in ("holder", "token", "taken_at", "held_until", "lasts")})
)
"""Unless somebody was faster."""
_FENCE: Select[Any] = q.held(select(*_COLUMNS, DatabaseClock()).where(_c.system.in_(q.among("keys"))))
"""Held until the commit: who would take over waits for it, and what it then reads is all there."""


def read(connection: Connection) -> tuple[dict[str, Lease], int]:
    """Every lease by its system, and the database's moment; 0 where there is no lease."""
    found = connection.execute(_ALL).all()
    leases = [_lease(row) for row in found]
    return {each.system: each for each in leases}, max((int(row[-1]) for row in found), default=0)


def add(connection: Connection, systems: Sequence[str]) -> None:
    """Nobody's yet."""
    connection.execute(_ADD, [_row(Lease(system)) for system in systems])


def step(connection: Connection, steps: Sequence[tuple[Lease, Lease]]) -> None:
    """(before, after) of each: written where it is still as before."""
    bound = [
        {**_row(after), "b_system": before.system, "b_token": before.token, "b_until": before.held_until}
        for before, after in steps
    ]
    for row in bound:
        del row["system"]
    connection.execute(_STEP, bound)


def fence(connection: Connection, tokens: Mapping[str, int]) -> None:
    """Last before a commit: these leases are held by who was told these tokens. Raises LeaseLost."""
    found = connection.execute(_FENCE, {"keys": list(tokens)}).all()
    held = {row[0] for row in found if row[2] == tokens[row[0]] and not _lease(row).is_free(int(row[-1]))}
    if held != tokens.keys():
        raise LeaseLost(tokens.keys() - held)


def _lease(row: Any) -> Lease:
    return Lease(row[0], row[1] or "", *(int(value) for value in row[2:6]))


def _row(lease: Lease) -> dict[str, Any]:
    return msgspec.structs.asdict(lease) | {"holder": lease.holder or None}
