"""The search index and the numbered feed of changes.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=90).with_variant(sa.String(length=90, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "follow_state",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column(
            "epoch",
            sa.String(length=16),
            nullable=False,
            comment="Of the positions; they end with it",
        ),
        sa.Column(
            "built_to",
            sa.String(length=12),
            nullable=False,
            comment="First build: parties up to here",
        ),
        sa.Column("mark", sa.BigInteger(), nullable=False, comment="Events stored before have been read"),
        sa.Column("swept", sa.BigInteger(), nullable=False, comment="Up to here counted once more"),
        sa.Column("next_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_follow_state")),
        comment="How far the index has read",
    )
    op.create_table(
        "change_feed",
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_change_feed")),
        sa.UniqueConstraint("ecif_no", "seq", name="uq_change_feed_event"),
        comment="Change events in the order they were seen committed",
    )
    op.create_index("ix_change_feed_stored_at", "change_feed", ["stored_at"], unique=False)
    op.create_table(
        "search_key",
        sa.Column("search_key", KEY, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("search_key", "ecif_no", name=op.f("pk_search_key")),
        comment="Word that leads to a party",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_party",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("branch", sa.String(length=80), nullable=True),
        sa.Column("manager", sa.String(length=80), nullable=True),
        sa.Column("risk", sa.String(length=40), nullable=True),
        sa.Column("segment", sa.String(length=80), nullable=True),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ecif_no", name=op.f("pk_search_party")),
        comment="What filters ask of a party, and its keys",
        sqlite_with_rowid=False,
    )
