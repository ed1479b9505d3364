"""Staff: accounts, sessions, tokens.

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
        "staff",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column(
            "branch",
            sa.String(length=40),
            nullable=True,
            comment="Sees this branch and those under it; empty: the whole bank",
        ),
        sa.Column(
            "own_only", sa.Integer(), nullable=False, comment="1: sees only customers whose manager it is"
        ),
        sa.Column(
            "manager",
            sa.String(length=80),
            nullable=True,
            comment="What the golden attribute manager calls it, if not its name",
        ),
        sa.Column(
            "password",
            sa.String(length=200),
            nullable=True,
            comment="Argon2id; empty: tokens or OpenID Connect only",
        ),
        sa.Column("totp", sa.String(length=64), nullable=True, comment="Secret of the second factor"),
        sa.Column(
            "totp_step", sa.BigInteger(), nullable=False, comment="Last time step used: none is taken twice"
        ),
        sa.Column("recovery", sa.Text(), nullable=True, comment="JSON: digests of recovery codes"),
        sa.Column(
            "subject", sa.String(length=255), nullable=True, comment="Who it is to the identity provider"
        ),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Wrong log-ins in a row"),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_staff")),
        comment="Account of a member of staff",
    )
    op.create_index("ix_staff_subject", "staff", ["subject"], unique=False)
    op.create_table(
        "staff_secret",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_staff_secret")),
        comment="Key that the program made for itself",
    )
    op.create_table(
        "staff_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="To the minute"),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_session_staff")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_session")),
        comment="Log-in that has not ended",
    )
    op.create_index("ix_staff_session_staff", "staff_session", ["staff"], unique=False)
    op.create_table(
        "staff_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=True),
        sa.Column(
            "scopes",
            sa.Text(),
            nullable=True,
            comment="JSON: permissions it is limited to; empty: all of the role",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_token_staff")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_token")),
        comment="API token",
    )
    op.create_index("ix_staff_token_staff", "staff_token", ["staff"], unique=False)
