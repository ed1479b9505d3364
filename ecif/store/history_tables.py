"""The tables that keep history readable, provable and short.

| table | one row per |
|---|---|
| party_snapshot | party every so many events: all that held then, so that reading back is bounded |
| anchor | hour in which something changed: digest over the heads of all chains that grew, signed |
| anchor_head | party and anchor: how far its chain had come |
| history_checkpoint | party whose oldest events were pruned: where its chain begins now, signed |
| legal_hold | order that a party's history must not be pruned; `lifted_at` 0 is in force |
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from ecif.store.base import ID, WIDTH, metadata

DIGEST = 72
"""Of a hash as text, with its algorithm's name before it."""

party_snapshot = Table(
    "party_snapshot",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    PrimaryKeyConstraint("ecif_no", "seq"),
)

anchor = Table(
    "anchor",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("anchored_at", BigInteger, nullable=False),
    Column("heads", BigInteger, nullable=False),
    Column("root", String(DIGEST), nullable=False),
    Column("digest", String(DIGEST), nullable=False),
    Column("key_name", String(80)),
    Column("signature", String(DIGEST)),
)

anchor_head = Table(
    "anchor_head",
    metadata,
    Column("anchor", BigInteger, nullable=False),
    Column("ecif_no", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(DIGEST), nullable=False),
    PrimaryKeyConstraint("anchor", "ecif_no"),
    ForeignKeyConstraint(["anchor"], ["anchor.id"]),
    Index("ix_anchor_head_ecif_no", "ecif_no"),
)

history_checkpoint = Table(
    "history_checkpoint",
    metadata,
    Column("ecif_no", String(12), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(DIGEST)),
    Column("state", Text),
    Column("events", BigInteger, nullable=False),
    Column("pruned_at", BigInteger, nullable=False),
    Column("key_name", String(80)),
    Column("signature", String(DIGEST)),
)

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", String(WIDTH), nullable=False),
    Column("lifted_at", BigInteger, nullable=False),
    Column("lifted_by", String(80)),
    Column("lift_reason", String(WIDTH)),
    PrimaryKeyConstraint("ecif_no", "placed_at"),
)
