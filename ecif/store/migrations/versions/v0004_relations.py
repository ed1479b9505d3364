"""Relations find whom they mean by document, in one form for all ways of writing it; shares in percent.

What is there already gets its key here, unless this is printed for a DBA: then `ecif resync` or the next
image does it.

Revision 0004.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from ecif.store.facts import document_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DOCUMENTS = ("party_document", "party_relation")


def upgrade() -> None:
    op.add_column("party_document", sa.Column("document_key", sa.String(length=80), nullable=True))
    if op.get_context().dialect.name == "sqlite":
        _made_anew()
    else:
        op.add_column("party_relation", sa.Column("share_percent", sa.String(length=20), nullable=True))
        op.add_column("party_relation", sa.Column("document_key", sa.String(length=80), nullable=True))
        op.alter_column("party_relation", "name", existing_type=sa.String(length=400), nullable=True)
    op.create_index("ix_party_document_key", "party_document", ["document_key"], unique=False)
    op.create_index("ix_party_relation_key", "party_relation", ["document_key"], unique=False)
    op.create_index("ix_party_contact_contact", "party_contact", ["contact"], unique=False)
    if not context.is_offline_mode():
        for table in _DOCUMENTS:
            _fill(op.get_bind(), table)


def _made_anew() -> None:
    """SQLite cannot let a column be empty afterwards."""
    op.drop_index("ix_party_relation_record", "party_relation")
    op.rename_table("party_relation", "party_relation_0003")
    op.create_table(
        "party_relation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=True),
        sa.Column("document_type", sa.String(length=40), nullable=True),
        sa.Column("document_no", sa.String(length=400), nullable=True),
        sa.Column("share_percent", sa.String(length=20), nullable=True),
        sa.Column("document_key", sa.String(length=80), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relation")),
    )
    kept = "id, system, customer_no, relation, name, document_type, document_no, valid_from, valid_until"
    op.execute(f"INSERT INTO party_relation ({kept}) SELECT {kept} FROM party_relation_0003")
    op.drop_table("party_relation_0003")
    op.create_index("ix_party_relation_record", "party_relation", ["system", "customer_no"], unique=False)


def _fill(connection: sa.Connection, name: str) -> None:
    names = ("id", "document_type", "document_no", "document_key")
    columns: list[sa.ColumnClause[Any]] = [sa.column(column) for column in names]
    table = sa.table(name, *columns)
    id_, type_, number, key = table.c
    page = sa.select(id_, type_, number).where(number.is_not(None)).order_by(id_).limit(1_000)
    change = sa.update(table).where(id_ == sa.bindparam("row")).values({key: sa.bindparam("found")})
    rows = connection.execute(page).all()
    while rows:
        connection.execute(change, [{"row": row[0], "found": document_key(row[1], row[2])} for row in rows])
        rows = connection.execute(page.where(id_ > rows[-1][0])).all()
