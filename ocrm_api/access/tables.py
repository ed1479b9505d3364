"""Tables of the staff.

| table | one row per |
|---|---|
| staff | account |
| staff_session | log-in that has not ended: only the digest of what the cookie holds |
| staff_token | API token: only its digest |
| staff_secret | key of the program's own, made when it is first needed |
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from ocrm_api.tables import metadata

staff = Table(
    "staff",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(40), nullable=False),
    Column("branch", String(40), comment="Sees this branch and those under it; empty: the whole bank"),
    Column("own_only", Integer, nullable=False, comment="1: sees only customers whose manager it is"),
    Column("manager", String(80), comment="What the golden attribute manager calls it, if not its name"),
    Column("password", String(200), comment="Argon2id; empty: tokens or OpenID Connect only"),
    Column("totp", String(64), comment="Secret of the second factor"),
    Column("totp_step", BigInteger, nullable=False, comment="Last time step used: none is taken twice"),
    Column("recovery", Text, comment="JSON: digests of recovery codes"),
    Column("subject", String(255), comment="Who it is to the identity provider"),
    Column("failures", Integer, nullable=False, comment="Wrong log-ins in a row"),
    Column("locked_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Index("ix_staff_subject", "subject"),
    comment="Account of a member of staff",
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff", String(80), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False, comment="To the minute"),
    ForeignKeyConstraint(["staff"], ["staff.name"]),
    Index("ix_staff_session_staff", "staff"),
    comment="Log-in that has not ended",
)

staff_token = Table(
    "staff_token",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff", String(80), nullable=False),
    Column("label", String(80)),
    Column("scopes", Text, comment="JSON: permissions it is limited to; empty: all of the role"),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("revoked_at", BigInteger),
    ForeignKeyConstraint(["staff"], ["staff.name"]),
    Index("ix_staff_token_staff", "staff"),
    comment="API token",
)

staff_secret = Table(
    "staff_secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("secret", String(200), nullable=False),
    comment="Key that the program made for itself",
)
