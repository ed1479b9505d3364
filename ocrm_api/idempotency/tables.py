"""Replies kept for requests that come again.

| table | one row per |
|---|---|
| kept_reply | Idempotency-Key of a member of staff: what was asked, by digest, and what was answered |
"""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from ocrm_api.tables import metadata

kept_reply = Table(
    "kept_reply",
    metadata,
    Column("staff", String(80), nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("digest", String(64), nullable=False, comment="Of method, path and body"),
    Column("begun_at", BigInteger, nullable=False),
    Column("status", Integer, comment="Empty: under way"),
    Column("headers", Text, comment="JSON"),
    Column("body", Text),
    PrimaryKeyConstraint("staff", "request_key"),
    Index("ix_kept_reply_begun_at", "begun_at"),
    comment="Reply to a request that may come again",
)
