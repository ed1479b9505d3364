"""What stewards decide and propose, who works on a question, records declared to be of another customer.

Revision 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("task", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("second_actor", sa.String(length=80), nullable=True),
        sa.Column("second_reason", sa.String(length=400), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("request", sa.String(length=120), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("request", name="uq_decision_request"),
    )
    op.create_index("ix_decision_state", "decision", ["state", "id"], unique=False)
    op.create_index("ix_decision_task", "decision", ["task"], unique=False)
    op.create_table(
        "decision_party",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("decision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.id"], name=op.f("fk_decision_party_decision")),
        sa.PrimaryKeyConstraint("ecif_no", "decision", name=op.f("pk_decision_party")),
    )
    op.create_table(
        "review_claim",
        sa.Column("task", ID, autoincrement=False, nullable=False),
        sa.Column("assignee", sa.String(length=80), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_review_claim")),
    )
    op.create_index("ix_review_claim_assignee", "review_claim", ["assignee"], unique=False)
    op.create_table(
        "record_no_match",
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("system", "customer_no", "ecif_no", name=op.f("pk_record_no_match")),
    )
    op.create_index("ix_record_no_match_ecif_no", "record_no_match", ["ecif_no"], unique=False)
