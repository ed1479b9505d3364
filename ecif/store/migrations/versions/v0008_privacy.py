"""Consents, restrictions and erasures.

Revision 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("notice", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("ecif_no", "purpose", "given_at", name=op.f("pk_consent")),
    )
    for name, moment in (("restriction", "restricted_at"), ("erasure", "erased_at")):
        op.create_table(
            name,
            sa.Column("ecif_no", sa.String(length=12), nullable=False),
            sa.Column(moment, sa.BigInteger(), nullable=False),
            sa.Column("actor", sa.String(length=80), nullable=False),
            sa.Column("reason", sa.String(length=400), nullable=False),
            sa.PrimaryKeyConstraint("ecif_no", name=op.f(f"pk_{name}")),
        )
