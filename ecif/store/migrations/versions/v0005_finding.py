"""An account or card leads to its customer by one seek.

Revision 0005.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_party_holding_holding_no", "party_holding", ["holding_no"], unique=False)
