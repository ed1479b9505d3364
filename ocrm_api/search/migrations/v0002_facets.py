"""What filters and row scope ask stands beside every key. Derived data: the index is filled anew.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FACETS = {"kind": 40, "status": 40, "branch": 80, "manager": 80, "risk": 40, "segment": 80}


def upgrade() -> None:
    for name, length in FACETS.items():
        op.add_column("search_key", sa.Column(name, sa.String(length=length), nullable=True))


def downgrade() -> None:
    for name in FACETS:
        op.drop_column("search_key", name)
