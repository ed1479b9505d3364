"""The queue of questions by age and by party.

Revision 0007.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_review_task_queue", "review_task", ["closed_at", "opened_at", "id"], unique=False)
    op.create_index("ix_review_task_ecif_no", "review_task", ["ecif_no"], unique=False)
    op.create_index("ix_review_task_other", "review_task", ["other"], unique=False)
