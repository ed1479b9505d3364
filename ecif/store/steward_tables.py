"""Tables of stewards' work beside those of `ecif.store.schema`, on the same metadata.

| table | one row per |
|---|---|
| decision | what a steward decided, or proposed where conf asks for a second pair of eyes |
| decision_party | ECIF number that a decision concerned |
| review_claim | review task that somebody works on |
| record_no_match | source record and ECIF number that a steward declared different customers |
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
    UniqueConstraint,
)

from ecif.store.base import ID, WIDTH, metadata

decision = Table(
    "decision",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("content", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("undo", Text),
    Column("task", BigInteger),
    Column("actor", String(80), nullable=False),
    Column("reason", String(WIDTH)),
    Column("decided_at", BigInteger, nullable=False),
    Column("second_actor", String(80)),
    Column("second_reason", String(WIDTH)),
    Column("settled_at", BigInteger),
    Column("request", String(120)),
    Column("rev", BigInteger, nullable=False),
    UniqueConstraint("request", name="uq_decision_request"),
    Index("ix_decision_state", "state", "id"),
    Index("ix_decision_task", "task"),
)

decision_party = Table(
    "decision_party",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("decision", BigInteger, nullable=False),
    PrimaryKeyConstraint("ecif_no", "decision"),
    ForeignKeyConstraint(["decision"], ["decision.id"]),
)

review_claim = Table(
    "review_claim",
    metadata,
    Column("task", ID, primary_key=True, autoincrement=False),
    Column("assignee", String(80), nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
    Index("ix_review_claim_assignee", "assignee"),
)

record_no_match = Table(
    "record_no_match",
    metadata,
    Column("system", String(40), nullable=False),
    Column("customer_no", String(80), nullable=False),
    Column("ecif_no", String(12), nullable=False),
    Column("actor", String(80)),
    Column("reason", String(WIDTH)),
    Column("decided_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("system", "customer_no", "ecif_no"),
    Index("ix_record_no_match_ecif_no", "ecif_no"),
)
