"""Tables of the audit trail; what chains, heads and anchors are, `ocrm_api.trail.chain` tells."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

from ocrm_api.tables import NAMES

metadata = MetaData(naming_convention=NAMES)

trail_entry = Table(
    "trail_entry",
    metadata,
    Column("chain", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80)),
    Column("via", String(20), nullable=False, comment="token, session, cli, none"),
    Column("address", String(64)),
    Column("action", String(40), nullable=False, comment="The permission that was used, or what was tried"),
    Column("method", String(10)),
    Column("route", String(200)),
    Column("status", Integer, nullable=False, comment="HTTP status of the answer"),
    Column("reason", String(400), comment="Stated by the actor"),
    Column("detail", Text, comment="JSON: parties seen, and what else tells the act; no customer's values"),
    Column("digest", String(64), nullable=False, comment="Of this entry and the one before"),
    PrimaryKeyConstraint("chain", "seq"),
    Index("ix_trail_entry_at", "at"),
    Index("ix_trail_entry_actor", "actor", "at"),
    comment="Act of a member of staff",
)

trail_party = Table(
    "trail_party",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("chain", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("ecif_no", "at", "chain", "seq"),
    comment="Party that an entry is about: for searching; the entry itself holds the list too",
)

trail_head = Table(
    "trail_head",
    metadata,
    Column("chain", String(40), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    comment="Last entry of each chain",
)

trail_anchor = Table(
    "trail_anchor",
    metadata,
    Column("chain", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("heads", Text, nullable=False, comment="JSON: last number and digest of every chain"),
    Column("digest", String(64), nullable=False, comment="Of this anchor and the one before"),
    PrimaryKeyConstraint("chain", "seq"),
    comment="All heads of one hour; written outside the database, too",
)
