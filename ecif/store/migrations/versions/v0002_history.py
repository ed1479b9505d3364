"""Change events get a number of their own and a hash chain; snapshots, anchors, checkpoints, legal holds.

Until now a change event was known by the version it made. What changes no version (whose value it is, a
steward's word) is an event too from now on, so events are numbered; older ones keep their version as number.
They stay outside the chain, which begins with the first event that comes.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _made_anew()
    else:
        _altered()
    op.create_index("ix_change_event_stored_at", "change_event", ["stored_at"], unique=False)
    op.create_index("ix_merge_event_survivor", "merge_event", ["survivor"], unique=False)
    _tables()


def _altered() -> None:
    op.add_column("change_event", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("change_event", sa.Column("chain", sa.String(length=72), nullable=True))
    op.execute("UPDATE change_event SET seq = version")
    op.alter_column("change_event", "seq", existing_type=sa.BigInteger(), nullable=False)
    op.drop_constraint(op.f("pk_change_event"), "change_event", type_="primary")
    op.create_primary_key(op.f("pk_change_event"), "change_event", ["ecif_no", "seq"])


def _made_anew() -> None:
    """SQLite cannot change a primary key."""
    op.rename_table("change_event", "change_event_0001")
    op.create_table(
        "change_event",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("holds_from", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.Column("chain", sa.String(length=72), nullable=True),
        sa.PrimaryKeyConstraint("ecif_no", "seq", name=op.f("pk_change_event")),
    )
    kept = "version, cause, system, message_id, actor, reason, holds_from, stored_at, difference"
    columns = f"ecif_no, seq, {kept}"
    op.execute(f"INSERT INTO change_event ({columns}) SELECT ecif_no, version, {kept} FROM change_event_0001")
    op.drop_table("change_event_0001")


def _tables() -> None:
    op.create_table(
        "party_snapshot",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ecif_no", "seq", name=op.f("pk_party_snapshot")),
    )
    op.create_table(
        "anchor",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("anchored_at", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=72), nullable=False),
        sa.Column("digest", sa.String(length=72), nullable=False),
        sa.Column("key_name", sa.String(length=80), nullable=True),
        sa.Column("signature", sa.String(length=72), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor")),
    )
    op.create_table(
        "anchor_head",
        sa.Column("anchor", sa.BigInteger(), nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(length=72), nullable=False),
        sa.ForeignKeyConstraint(["anchor"], ["anchor.id"], name=op.f("fk_anchor_head_anchor")),
        sa.PrimaryKeyConstraint("anchor", "ecif_no", name=op.f("pk_anchor_head")),
    )
    op.create_index("ix_anchor_head_ecif_no", "anchor_head", ["ecif_no"], unique=False)
    op.create_table(
        "history_checkpoint",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(length=72), nullable=True),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("pruned_at", sa.BigInteger(), nullable=False),
        sa.Column("key_name", sa.String(length=80), nullable=True),
        sa.Column("signature", sa.String(length=72), nullable=True),
        sa.PrimaryKeyConstraint("ecif_no", name=op.f("pk_history_checkpoint")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("lift_reason", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("ecif_no", "placed_at", name=op.f("pk_legal_hold")),
    )
