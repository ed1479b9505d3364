"""The audit trail.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_anchor",
        sa.Column("chain", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False, comment="JSON: last number and digest of every chain"),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="Of this anchor and the one before"
        ),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_trail_anchor")),
        comment="All heads of one hour; written outside the database, too",
    )
    op.create_table(
        "trail_entry",
        sa.Column("chain", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("via", sa.String(length=20), nullable=False, comment="token, session, cli, none"),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column(
            "action",
            sa.String(length=40),
            nullable=False,
            comment="The permission that was used, or what was tried",
        ),
        sa.Column("method", sa.String(length=10), nullable=True),
        sa.Column("route", sa.String(length=200), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False, comment="HTTP status of the answer"),
        sa.Column("reason", sa.String(length=400), nullable=True, comment="Stated by the actor"),
        sa.Column(
            "detail",
            sa.Text(),
            nullable=True,
            comment="JSON: parties seen, and what else tells the act; no customer's values",
        ),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="Of this entry and the one before"),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_trail_entry")),
        comment="Act of a member of staff",
    )
    op.create_index("ix_trail_entry_actor", "trail_entry", ["actor", "at"], unique=False)
    op.create_index("ix_trail_entry_at", "trail_entry", ["at"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("chain", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_trail_head")),
        comment="Last entry of each chain",
    )
    op.create_table(
        "trail_party",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ecif_no", "at", "chain", "seq", name=op.f("pk_trail_party")),
        comment="Party that an entry is about: for searching; the entry itself holds the list too",
    )
