"""Hash chains: why the trail cannot be altered unnoticed.

Every process that writes has a chain of its own, so writers never wait for each other. Each entry's digest
covers the entry and the digest before it; whoever alters, inserts or deletes one must recompute all that
follow, and the head. Once an hour the heads of all chains are anchored: written beside the trail, to a file
and to the log, where whoever can write the database cannot reach. Verification recomputes every chain and
holds it against heads and anchors (after Schneier and Kelsey, Secure audit logs to support computer
forensics, 1999; an attacker who owns the database can still rewrite what came after the last anchor that he
cannot reach).
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ocrm_api.trail.entry import Entry

FIELDS = ("at", "actor", "via", "address", "action", "method", "route", "status", "reason", "detail")
"""Of an entry's row, in the order in which they are digested."""


class Head(NamedTuple):
    """Where a chain ends."""

    chain: str
    seq: int
    digest: str


def new_chain(at: int) -> Head:
    """A name that no other process has, and the digest before its first entry."""
    begun = datetime.fromtimestamp(at / 1_000_000, UTC)
    chain = f"{begun:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
    return Head(chain, 0, start_of(chain))


def start_of(chain: str) -> str:
    return _digest("", [chain])


def linked(head: Head, entries: Sequence[Entry]) -> tuple[list[dict[str, Any]], Head]:
    """The rows of these entries, and the head after them."""
    rows = []
    for entry in entries:
        row = _row(entry)
        head = Head(head.chain, head.seq + 1, digest_of(head.digest, head.seq + 1, row))
        rows.append({"chain": head.chain, "seq": head.seq, **row, "digest": head.digest})
    return rows, head


def digest_of(before: str, seq: int, row: Any) -> str:
    return _digest(before, [seq, *(row[name] for name in FIELDS)])


def anchor_digest(before: str, seq: int, at: int, heads: str) -> str:
    return _digest(before, ["anchor", seq, at, heads])


def detail_of(entry: Entry) -> str | None:
    told = {"parties": list(entry.parties), **entry.notes} if entry.parties else entry.notes
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if told else None


def _row(entry: Entry) -> dict[str, Any]:
    """Cut to the columns here, so that what is digested is what is stored; '' is NULL everywhere."""
    return {
        "at": entry.at,
        "actor": _cut(entry.actor, 80),
        "via": entry.via,
        "address": _cut(entry.address, 64),
        "action": entry.action[:40],
        "method": _cut(entry.method, 10),
        "route": _cut(entry.route, 200),
        "status": entry.status,
        "reason": _cut(entry.reason, 400),
        "detail": detail_of(entry),
    }


def _cut(text: str | None, width: int) -> str | None:
    return text[:width] if text else None


def _digest(before: str, values: Sequence[Any]) -> str:
    told = json.dumps([before, *values], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
