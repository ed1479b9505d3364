"""Replies kept for requests that come again.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_reply",
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("request_key", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="Of method, path and body"),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="Empty: under way"),
        sa.Column("headers", sa.Text(), nullable=True, comment="JSON"),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("staff", "request_key", name=op.f("pk_kept_reply")),
        comment="Reply to a request that may come again",
    )
    op.create_index("ix_kept_reply_begun_at", "kept_reply", ["begun_at"], unique=False)
