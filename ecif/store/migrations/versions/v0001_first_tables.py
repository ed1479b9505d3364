"""The first tables.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _change_event()
    _counter()
    _match_key()
    _merge_event()
    _message()
    _message_body()
    _no_match()
    _party()
    _party_address()
    _party_contact()
    _party_document()
    _party_holding()
    _party_name()
    _party_relation()
    _review_task()
    _sync_state()
    _merge_member()
    _source_record()


def _change_event() -> None:
    op.create_table(
        "change_event",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("holds_from", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ecif_no", "version", name=op.f("pk_change_event")),
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("next_free", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )


def _match_key() -> None:
    op.create_table(
        "match_key",
        sa.Column("match_key", sa.String(length=80), nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("match_key", "ecif_no", name=op.f("pk_match_key")),
    )


def _merge_event() -> None:
    op.create_table(
        "merge_event",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("survivor", sa.String(length=12), nullable=False),
        sa.Column("absorbed", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_event")),
    )
    op.create_index("ix_merge_event_absorbed", "merge_event", ["absorbed"], unique=False)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=True),
        sa.Column("occurrence", sa.BigInteger(), nullable=False),
        sa.Column("message_type", sa.String(length=40), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=True),
        sa.Column("ecif_no", sa.String(length=12), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reply_text", sa.String(length=200), nullable=True),
        sa.Column("customer_no", sa.String(length=80), nullable=True),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("system", "direction", "message_id", "occurrence", name="uq_message_id"),
    )
    op.create_index("ix_message_ecif_no", "message", ["ecif_no"], unique=False)
    op.create_index("ix_message_state", "message", ["state", "system"], unique=False)
    op.create_index("ix_message_stored_at", "message", ["stored_at"], unique=False)


def _message_body() -> None:
    op.create_table(
        "message_body",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_body")),
    )


def _no_match() -> None:
    op.create_table(
        "no_match",
        sa.Column("low", sa.String(length=12), nullable=False),
        sa.Column("high", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("low", "high", name=op.f("pk_no_match")),
    )


def _party() -> None:
    op.create_table(
        "party",
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", sa.String(length=12), nullable=True),
        sa.Column("head", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=400), nullable=True),
        sa.Column("status", sa.String(length=400), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=True),
        sa.Column("born", sa.String(length=400), nullable=True),
        sa.Column("gender", sa.String(length=400), nullable=True),
        sa.Column("marital", sa.String(length=400), nullable=True),
        sa.Column("education", sa.String(length=400), nullable=True),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.Column("employer", sa.String(length=400), nullable=True),
        sa.Column("annual_income", sa.String(length=400), nullable=True),
        sa.Column("industry", sa.String(length=400), nullable=True),
        sa.Column("rating", sa.String(length=400), nullable=True),
        sa.Column("risk", sa.String(length=400), nullable=True),
        sa.Column("nationality", sa.String(length=400), nullable=True),
        sa.Column("occupation", sa.String(length=400), nullable=True),
        sa.Column("branch", sa.String(length=400), nullable=True),
        sa.Column("manager", sa.String(length=400), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["party.ecif_no"], name=op.f("fk_party_party")),
        sa.PrimaryKeyConstraint("ecif_no", name=op.f("pk_party")),
    )
    op.create_index("ix_party_head", "party", ["head"], unique=False)


def _party_address() -> None:
    op.create_table(
        "party_address",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("used_for", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=400), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("until_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_address")),
    )
    op.create_index("ix_party_address_ecif_no", "party_address", ["ecif_no"], unique=False)


def _party_contact() -> None:
    op.create_table(
        "party_contact",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("used_for", sa.String(length=20), nullable=False),
        sa.Column("contact", sa.String(length=400), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("until_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_contact")),
    )
    op.create_index("ix_party_contact_ecif_no", "party_contact", ["ecif_no"], unique=False)


def _party_document() -> None:
    op.create_table(
        "party_document",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("document_type", sa.String(length=40), nullable=False),
        sa.Column("document_no", sa.String(length=400), nullable=False),
        sa.Column("expiry", sa.String(length=8), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("until_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_document")),
    )
    op.create_index("ix_party_document_ecif_no", "party_document", ["ecif_no"], unique=False)
    op.create_index("ix_party_document_no", "party_document", ["document_no"], unique=False)


def _party_holding() -> None:
    op.create_table(
        "party_holding",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("holding_no", sa.String(length=80), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("ccy", sa.String(length=10), nullable=True),
        sa.Column("amount", sa.String(length=40), nullable=True),
        sa.Column("opened", sa.String(length=8), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_holding")),
    )
    op.create_index("ix_party_holding_record", "party_holding", ["system", "customer_no"], unique=False)


def _party_name() -> None:
    op.create_table(
        "party_name",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("until_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_name")),
    )
    op.create_index("ix_party_name_ecif_no", "party_name", ["ecif_no"], unique=False)


def _party_relation() -> None:
    op.create_table(
        "party_relation",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("document_type", sa.String(length=40), nullable=True),
        sa.Column("document_no", sa.String(length=400), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relation")),
    )
    op.create_index("ix_party_relation_record", "party_relation", ["system", "customer_no"], unique=False)


def _review_task() -> None:
    op.create_table(
        "review_task",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ecif_no", sa.String(length=12), nullable=False),
        sa.Column("other", sa.String(length=12), nullable=True),
        sa.Column("system", sa.String(length=40), nullable=True),
        sa.Column("customer_no", sa.String(length=80), nullable=True),
        sa.Column("rule", sa.String(length=80), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_task")),
        sa.UniqueConstraint("subject", "closed_at", name="uq_review_task_subject"),
    )


def _sync_state() -> None:
    op.create_table(
        "sync_state",
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("next_attempt", sa.BigInteger(), nullable=True),
        sa.Column("due_since", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("push_row", sa.BigInteger(), nullable=True),
        sa.Column("flying", sa.Text(), nullable=True),
        sa.Column("number_held", sa.String(length=12), nullable=True),
        sa.Column("refused", sa.String(length=64), nullable=True),
        sa.Column("standoff", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=20), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("system", "customer_no", name=op.f("pk_sync_state")),
    )
    op.create_index("ix_sync_state_next_attempt", "sync_state", ["system", "next_attempt"], unique=False)


def _merge_member() -> None:
    op.create_table(
        "merge_member",
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("from_no", sa.String(length=12), nullable=False),
        sa.Column("to_no", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["merge_event.id"], name=op.f("fk_merge_member_merge_event")),
        sa.PrimaryKeyConstraint("event", "system", "customer_no", name=op.f("pk_merge_member")),
    )


def _source_record() -> None:
    op.create_table(
        "source_record",
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("customer_no", sa.String(length=80), nullable=False),
        sa.Column("party", sa.String(length=12), nullable=False),
        sa.Column("head", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("contributions", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["party"], ["party.ecif_no"], name=op.f("fk_source_record_party")),
        sa.PrimaryKeyConstraint("system", "customer_no", name=op.f("pk_source_record")),
    )
    op.create_index("ix_source_record_head", "source_record", ["head"], unique=False)
