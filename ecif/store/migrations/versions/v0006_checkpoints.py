"""A checkpoint keeps what held of the party when its older history was pruned.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history_checkpoint", sa.Column("state", sa.Text(), nullable=True))
