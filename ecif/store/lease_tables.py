"""Who delivers to which system, where several hubs share the database (`ecif.leases`).

| table | one row per |
|---|---|
| lease | system that pushes go to: the hub that may send them, until when, and its fencing token |
"""

from sqlalchemy import BigInteger, Column, String, Table

from ecif.store.base import metadata

HOLDER_WIDTH = 240

lease = Table(
    "lease",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("holder", String(HOLDER_WIDTH)),
    Column("token", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("lasts", BigInteger, nullable=False),
)
