"""The tables: one schema for SQLite, PostgreSQL and Oracle.

Portable means: no dialect's own types, times as BIGINT microseconds since the epoch (UTC), JSON as text that
only this program reads, "" never stored where it would mean something (Oracle reads it as NULL: unknown is
NULL here and "" in memory), names that no dialect reserves, primary keys chosen by the program (so that rows
can be written in bulk and refer to each other without asking back).

| table | one row per |
|---|---|
| message | message in or out with its outcome; `occurrence` 0 uses up the id, others never collide |
| message_body | raw bytes of a message, to be pruned by age |
| party | ECIF number; golden single values in columns, cut to the column for searching, whole in `detail` |
| party_name, party_document, party_contact, party_address | golden fact, and between which versions it held |
| party_relation, party_holding | fact of one source record, from its complete lists |
| source_record | (system, customer number); `party` it was given, `head` what that resolves to now |
| match_key | (key that another record must share to be the same customer, current ECIF number) |
| change_event | what happened to a party, numbered and chained by hash (`ecif.chaining`) |
| sync_state | (system, customer number): `next_attempt` is NULL where nothing is to be done |
| review_task, no_match, merge_event, merge_member | steward work |
| lease | system that pushes go to, where several hubs share the database (`ecif.leases`) |
| counter | next free number of each kind, taken in blocks |

`rev` counts the writes of a row: an update names the one it read, so two processes cannot undo each other.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

import ecif.store.history_tables
import ecif.store.lease_tables
import ecif.store.privacy_tables
import ecif.store.steward_tables  # noqa: F401 - more tables on the same metadata
from ecif.model import SINGLE
from ecif.store.base import ID, WIDTH
from ecif.store.base import metadata as metadata  # complete once this module is loaded

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""All migrations, oldest first."""
SCHEMA = REVISIONS[-1]
"""The migration that makes these tables."""

PRODUCT_WIDTH = 80
"""Of what a holding is called; longer ones are whole in the JSON beside them."""
KEY_WIDTH = 80
"""Of a document in the one form in which it is looked for (`ecif.store.facts.document_key`)."""


def _system() -> list[Column[str]]:
    return [Column("system", String(40), nullable=False), Column("customer_no", String(80), nullable=False)]


def _validity() -> list[Column[int]]:
    return [
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_until", BigInteger),
        Column("from_version", BigInteger, nullable=False),
        Column("until_version", BigInteger),
    ]


counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("next_free", BigInteger, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("system", String(40), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("message_id", String(120)),
    Column("occurrence", BigInteger, nullable=False),
    Column("message_type", String(40)),
    Column("digest", String(64)),
    Column("state", String(20), nullable=False),
    Column("code", String(4)),
    Column("ecif_no", String(12)),
    Column("version", BigInteger, nullable=False),
    Column("reply_text", String(200)),
    Column("customer_no", String(80)),
    Column("stored_at", BigInteger, nullable=False),
    Column("ms", Integer),
    UniqueConstraint("system", "direction", "message_id", "occurrence", name="uq_message_id"),
    Index("ix_message_stored_at", "stored_at"),
    Index("ix_message_state", "state", "system"),
    Index("ix_message_ecif_no", "ecif_no"),
)

message_body = Table(
    "message_body",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
)

party = Table(
    "party",
    metadata,
    Column("ecif_no", String(12), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("merged_into", String(12)),
    Column("head", String(12), nullable=False),
    *[Column(name, String(WIDTH)) for name in SINGLE],
    Column("detail", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    ForeignKeyConstraint(["merged_into"], ["party.ecif_no"]),
    Index("ix_party_head", "head"),
)

_FACT = {
    "party_name": [Column("name", String(WIDTH), nullable=False)],
    "party_document": [
        Column("document_type", String(40), nullable=False),
        Column("document_no", String(WIDTH), nullable=False),
        Column("expiry", String(8)),
        Column("document_key", String(KEY_WIDTH)),
    ],
    "party_contact": [
        Column("kind", String(10), nullable=False),
        Column("used_for", String(20), nullable=False),
        Column("contact", String(WIDTH), nullable=False),
    ],
    "party_address": [
        Column("used_for", String(20), nullable=False),
        Column("line", String(WIDTH), nullable=False),
        Column("postcode", String(20)),
    ],
}  # fmt: skip

FACTS: dict[str, Table] = {
    name: Table(
        name,
        metadata,
        Column("id", ID, primary_key=True, autoincrement=False),
        Column("ecif_no", String(12), nullable=False),
        *columns,
        *_validity(),
        Index(f"ix_{name}_ecif_no", "ecif_no"),
    )
    for name, columns in _FACT.items()
}
Index("ix_party_document_no", FACTS["party_document"].c.document_no)
Index("ix_party_document_key", FACTS["party_document"].c.document_key)
Index("ix_party_contact_contact", FACTS["party_contact"].c.contact)

_LISTED = {
    "party_relation": [
        Column("relation", String(40), nullable=False),
        Column("name", String(WIDTH)),
        Column("document_type", String(40)),
        Column("document_no", String(WIDTH)),
        Column("share_percent", String(20)),
        Column("document_key", String(KEY_WIDTH)),
    ],
    "party_holding": [
        Column("kind", String(40), nullable=False),
        Column("holding_no", String(80), nullable=False),
        Column("product", String(PRODUCT_WIDTH)),
        Column("ccy", String(10)),
        Column("amount", String(40)),
        Column("opened", String(8)),
        Column("status", String(40)),
    ],
}  # fmt: skip

LISTED: dict[str, Table] = {
    name: Table(
        name,
        metadata,
        Column("id", ID, primary_key=True, autoincrement=False),
        *_system(),
        *columns,
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_until", BigInteger),
        Index(f"ix_{name}_record", "system", "customer_no"),
    )
    for name, columns in _LISTED.items()
}

Index("ix_party_relation_key", LISTED["party_relation"].c.document_key)
Index("ix_party_holding_holding_no", LISTED["party_holding"].c.holding_no)

source_record = Table(
    "source_record",
    metadata,
    *_system(),
    Column("party", String(12), nullable=False),
    Column("head", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("contributions", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    PrimaryKeyConstraint("system", "customer_no"),
    ForeignKeyConstraint(["party"], ["party.ecif_no"]),
    Index("ix_source_record_head", "head"),
)

match_key = Table(
    "match_key",
    metadata,
    Column("match_key", String(80), nullable=False),
    Column("ecif_no", String(12), nullable=False),
    PrimaryKeyConstraint("match_key", "ecif_no"),
    sqlite_with_rowid=False,  # nothing but its key: half the room, and one page to write for two
)

change_event = Table(
    "change_event",
    metadata,
    Column("ecif_no", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("cause", String(20), nullable=False),
    Column("system", String(40)),
    Column("message_id", BigInteger),
    Column("actor", String(80)),
    Column("reason", String(WIDTH)),
    Column("holds_from", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("difference", Text, nullable=False),
    Column("chain", String(72)),
    PrimaryKeyConstraint("ecif_no", "seq"),
    Index("ix_change_event_stored_at", "stored_at"),
)

sync_state = Table(
    "sync_state",
    metadata,
    *_system(),
    Column("next_attempt", BigInteger),
    Column("due_since", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("push_row", BigInteger),
    Column("flying", Text),
    Column("number_held", String(12)),
    Column("refused", String(64)),
    Column("standoff", Integer, nullable=False),
    Column("last_error", String(20)),
    Column("rev", BigInteger, nullable=False),
    PrimaryKeyConstraint("system", "customer_no"),
    Index("ix_sync_state_next_attempt", "system", "next_attempt"),
)

review_task = Table(
    "review_task",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("subject", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("ecif_no", String(12), nullable=False),
    Column("other", String(12)),
    Column("system", String(40)),
    Column("customer_no", String(80)),
    Column("rule", String(80)),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),
    UniqueConstraint("subject", "closed_at", name="uq_review_task_subject"),
    Index("ix_review_task_queue", "closed_at", "opened_at", "id"),
    Index("ix_review_task_ecif_no", "ecif_no"),
    Index("ix_review_task_other", "other"),
)

no_match = Table(
    "no_match",
    metadata,
    Column("low", String(12), nullable=False),
    Column("high", String(12), nullable=False),
    Column("actor", String(80)),
    Column("reason", String(WIDTH)),
    Column("decided_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("low", "high"),
)

merge_event = Table(
    "merge_event",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("survivor", String(12), nullable=False),
    Column("absorbed", String(12), nullable=False),
    Column("actor", String(80)),
    Column("reason", String(WIDTH)),
    Column("decided_at", BigInteger, nullable=False),
    Index("ix_merge_event_absorbed", "absorbed"),
    Index("ix_merge_event_survivor", "survivor"),
)

merge_member = Table(
    "merge_member",
    metadata,
    Column("event", BigInteger, nullable=False),
    *_system(),
    Column("from_no", String(12), nullable=False),
    Column("to_no", String(12), nullable=False),
    PrimaryKeyConstraint("event", "system", "customer_no"),
    ForeignKeyConstraint(["event"], ["merge_event.id"]),
)
