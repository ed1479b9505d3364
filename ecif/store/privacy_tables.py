"""What the law on personal information asks to be kept beside a customer.

| table | one row per |
|---|---|
| consent | consent that somebody gave for a purpose; `withdrawn_at` 0 is in force |
| restriction | party whose data is kept and not otherwise used |
| erasure | party whose data was erased: that it was, when and why, and nothing of what it was |
"""

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Table

from ecif.store.base import WIDTH, metadata

consent = Table(
    "consent",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("notice", String(80), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("withdrawn_at", BigInteger, nullable=False),
    Column("withdrawn_by", String(80)),
    PrimaryKeyConstraint("ecif_no", "purpose", "given_at"),
)

restriction = Table(
    "restriction",
    metadata,
    Column("ecif_no", String(12), primary_key=True),
    Column("restricted_at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", String(WIDTH), nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("ecif_no", String(12), primary_key=True),
    Column("erased_at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", String(WIDTH), nullable=False),
)
