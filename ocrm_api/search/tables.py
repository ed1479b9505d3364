"""Tables of the search index and of the numbered feed of changes: derived data, made anew when they are lost.

They follow the hub's change events from outside (`ocrm_api.search.follower`), so that intake pays nothing for
them. On SQLite they lie in a file of their own (`<database>-index`): two writers of one file would wait for
each other. Keys are compared by code point, whatever the database's language: a search is a range of them.

| table | one row per |
|---|---|
| follow_state | follower: how far it has read, and the next position to give |
| change_feed | change event in the order this index saw it committed: what `/api/v1/changes` pages through |
| search_party | party: what filters and row scope ask of it, and its keys |
| search_key | word that leads to a party, since when and until when (0: now), and what filters ask |

A surname leads to a hundred thousand parties of a million, few of them in one's branch. Every row of the
range is looked at, so what is asked must stand in it: looking up each party would take ten times as long.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ocrm_api.tables import NAMES

FORMAT = 2
"""Raised whenever what stands in these tables changes its meaning: they are emptied and filled anew."""

metadata = MetaData(naming_convention=NAMES)

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_KEY = String(90).with_variant(String(90, collation="C"), "postgresql")

FACETS = {"kind": 40, "status": 40, "branch": 80, "manager": 80, "risk": 40, "segment": 80}
"""What filters and row scope ask of a party, and how long it may be."""


def _facets() -> "list[Column[str]]":
    return [Column(name, String(length)) for name, length in FACETS.items()]


follow_state = Table(
    "follow_state",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("format", Integer, nullable=False),
    Column("epoch", String(16), nullable=False, comment="Of the positions; they end with it"),
    Column("built_to", String(12), nullable=False, comment="First build: parties up to here"),
    Column("mark", BigInteger, nullable=False, comment="Events stored before have been read"),
    Column("swept", BigInteger, nullable=False, comment="Up to here counted once more"),
    Column("next_position", BigInteger, nullable=False),
    comment="How far the index has read",
)

change_feed = Table(
    "change_feed",
    metadata,
    Column("position", _NUMBER, primary_key=True, autoincrement=False),
    Column("ecif_no", String(12), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("cause", String(20), nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    UniqueConstraint("ecif_no", "seq", name="uq_change_feed_event"),
    Index("ix_change_feed_stored_at", "stored_at"),
    comment="Change events in the order they were seen committed",
)

search_party = Table(
    "search_party",
    metadata,
    Column("ecif_no", String(12), primary_key=True),
    *_facets(),
    Column("keys", Text, nullable=False),
    comment="What filters ask of a party, and its keys",
    sqlite_with_rowid=False,
)

search_key = Table(
    "search_key",
    metadata,
    Column("search_key", _KEY, nullable=False),
    Column("ecif_no", String(12), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    *_facets(),
    PrimaryKeyConstraint("search_key", "ecif_no"),
    comment="Word that leads to a party",
    sqlite_with_rowid=False,
)
