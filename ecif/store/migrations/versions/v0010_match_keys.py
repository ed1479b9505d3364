"""Match keys take half the room on SQLite: the table is its own primary key's index.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    op.rename_table("match_key", "match_key_0009")
    op.create_table(
        "match_key",
        sa.Column("match_key", sa.String(length=80), nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("match_key", "ecif_no", name=op.f("pk_match_key")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO match_key (match_key, ecif_no)"
        " SELECT match_key, ecif_no FROM match_key_0009 ORDER BY match_key, ecif_no"
    )
    op.drop_table("match_key_0009")
