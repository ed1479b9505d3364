"""Structs ↔ rows. JSON columns are written and read by msgspec, typed, for this program only.

In memory "" is "none"; in a row it is NULL (Oracle cannot tell them apart).
"""

from typing import Any, Final

import msgspec

from ecif.model import (
    BEFORE_ALL,
    SINGLE,
    Attribute,
    Flying,
    Golden,
    Holding,
    Key,
    Listed,
    Newest,
    Party,
    Pin,
    Relation,
    SourceRecord,
    Survivor,
)
from ecif.store.base import WIDTH

Row = dict[str, Any]


SHOWN: Final = 0
"""Before every moment: who sends finds it at once, who only shows knows that it was shown."""


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """When delivery must look at a record again, and what happened so far."""

    next_attempt: int | None = None
    """None: nothing to do. While a push flies: when it is repeated. SHOWN: due, and shown in shadow."""
    due_since: int | None = None
    attempts: int = 0
    """Negative or missing answers in a row: they set the backoff."""
    push_row: int | None = None
    """Journal row of the push in flight."""
    last_error: str = ""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A record as it was loaded."""

    record: SourceRecord
    head: str
    schedule: Schedule
    rev: int
    sync_rev: int


class StoredParty(msgspec.Struct, frozen=True, gc=False):
    party: Party
    head: str
    rev: int
    keys: tuple[str, ...] = ()
    """Match keys its cluster is found by."""


class JournalRow(msgspec.Struct, frozen=True, gc=False):
    """A message in or out with its outcome."""

    id: int
    system: str
    direction: str
    message_id: str
    occurrence: int
    type: str
    digest: str
    state: str
    code: str
    ecif_no: str
    version: int
    text: str
    customer_no: str
    stored_at: int
    ms: int | None = None


class _Relations(msgspec.Struct, frozen=True, gc=False, array_like=True):
    items: tuple[Relation, ...]
    since: int


class _Holdings(msgspec.Struct, frozen=True, gc=False, array_like=True):
    items: tuple[Holding, ...]
    since: int


class _Contributions(msgspec.Struct, frozen=True, gc=False, array_like=True):
    attributes: dict[str, Attribute]
    named: dict[str, str] = {}
    relations: _Relations | None = None
    holdings: _Holdings | None = None
    newest: Newest | None = None
    withdrawn: bool = False
    shown: int = BEFORE_ALL


class _GoldenRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    values: dict[str, Survivor]
    relations: tuple[tuple[str, str, Relation], ...] = ()
    members: tuple[Key, ...] = ()
    as_of: int = 0


class _Detail(msgspec.Struct, frozen=True, gc=False, array_like=True):
    golden: _GoldenRow
    pins: dict[str, tuple[Pin, ...]] = {}
    keys: tuple[str, ...] = ()
    events: int = 0
    chain: str = ""


class _State(msgspec.Struct, frozen=True, gc=False, array_like=True):
    golden: _GoldenRow
    merged_into: str = ""


_encode = msgspec.json.Encoder().encode
_read_contributions = msgspec.json.Decoder(_Contributions).decode
_read_flying = msgspec.json.Decoder(Flying).decode
_read_detail = msgspec.json.Decoder(_Detail).decode
_read_state = msgspec.json.Decoder(_State).decode


def json_text(value: Any) -> str:
    return _encode(value).decode()


# ---------------------------------------------------------------- source records


def read_record(row: Any) -> Stored:
    """From the columns of `statements.RECORD_COLUMNS`, in their order."""
    (system, customer_no, party, head, seq, contributions, rev,
     next_attempt, due_since, attempts, push_row, flying, number_held, refused, standoff, last_error,
     sync_rev) = row  # fmt: skip
    said = _read_contributions(contributions)
    record = SourceRecord(
        system=system,
        customer_no=customer_no,
        party=party,
        seq=seq,
        attributes=said.attributes,
        named=said.named,
        relations=Listed(said.relations.items, said.relations.since) if said.relations else None,
        holdings=Listed(said.holdings.items, said.holdings.since) if said.holdings else None,
        number_held=number_held or "",
        flying=_read_flying(flying) if flying else None,
        refused=refused or "",
        standoff=bool(standoff),
        newest=said.newest,
        withdrawn=said.withdrawn,
        shown=said.shown,
    )
    schedule = Schedule(next_attempt, due_since, attempts, push_row, last_error or "")
    return Stored(record, head, schedule, rev, sync_rev)


def says(record: SourceRecord) -> tuple[Any, ...]:
    """All that stands in `source_record` and not in its key, to see whether the row changed."""
    return (
        record.party, record.seq, record.attributes, record.named, record.relations, record.holdings,
        record.newest, record.withdrawn, record.shown,
    )  # fmt: skip


def awaits(record: SourceRecord) -> tuple[Any, ...]:
    """All that stands in `sync_state` beside the schedule."""
    return record.flying, record.number_held, record.refused, record.standoff


def record_row(record: SourceRecord, head: str) -> Row:
    return said_row(record) | {"party": record.party, "head": head}


def said_row(record: SourceRecord) -> Row:
    """Without the party it belongs to."""
    said = (
        record.attributes, record.named, record.relations, record.holdings, record.newest, record.withdrawn,
        record.shown,
    )  # fmt: skip
    return {
        "system": record.system,
        "customer_no": record.customer_no,
        "seq": record.seq,
        "contributions": json_text(said),
    }


def sync_row(record: SourceRecord, schedule: Schedule) -> Row:
    return {
        "system": record.system,
        "customer_no": record.customer_no,
        "next_attempt": schedule.next_attempt,
        "due_since": schedule.due_since,
        "attempts": schedule.attempts,
        "push_row": schedule.push_row,
        "flying": json_text(record.flying) if record.flying else None,
        "number_held": record.number_held or None,
        "refused": record.refused or None,
        "standoff": int(record.standoff),
        "last_error": schedule.last_error or None,
    }


# ---------------------------------------------------------------- parties


def read_party(row: Any) -> StoredParty:
    """From the columns of `statements.PARTY_COLUMNS`, in their order."""
    ecif_no, version, merged_into, head, detail, rev = row
    read = _read_detail(detail)
    golden = Golden(read.golden.values, read.golden.relations, read.golden.members, read.golden.as_of)
    party = Party(ecif_no, version, merged_into or "", read.pins, golden, read.events, read.chain)
    return StoredParty(party, head, rev, read.keys)


def party_row(party: Party, head: str, keys: tuple[str, ...]) -> Row:
    return golden_row(party, keys) | {"merged_into": party.merged_into or None, "head": head}


def golden_row(party: Party, keys: tuple[str, ...]) -> Row:
    """Without the number it resolves to."""
    golden = party.golden
    values = golden.values
    row: Row = {
        "ecif_no": party.ecif_no,
        "version": party.version,
        "detail": json_text(
            (
                (values, golden.relations, golden.members, golden.as_of),
                party.pins,
                keys,
                party.events,
                party.chain,
            ),
        ),
    }
    for name in SINGLE:
        survivor = values.get(name)
        row[name] = None if survivor is None else str(survivor.value)[:WIDTH]
    return row


def state_text(party: Party) -> str:
    """All that a snapshot keeps."""
    golden = party.golden
    return json_text(
        ((golden.values, golden.relations, golden.members, golden.as_of), party.merged_into),
    )


def read_state(text: str) -> tuple[Golden, str]:
    """The golden record, and where the party was merged into."""
    read = _read_state(text)
    golden = read.golden
    return Golden(golden.values, golden.relations, golden.members, golden.as_of), read.merged_into


# ---------------------------------------------------------------- journal


def read_journal(row: Any) -> JournalRow:
    """From the columns of `statements.JOURNAL_COLUMNS`, in their order."""
    (id_, system, direction, message_id, occurrence, type_, digest, state, code, ecif_no, version, text,
     customer_no, stored_at, ms) = row  # fmt: skip
    return JournalRow(
        id_, system, direction, message_id or "", occurrence, type_ or "", digest or "", state, code or "",
        ecif_no or "", version, text or "", customer_no or "", stored_at, ms,
    )  # fmt: skip


def journal_row(row: JournalRow) -> Row:
    return {
        "id": row.id,
        "system": row.system,
        "direction": row.direction,
        "message_id": row.message_id or None,
        "occurrence": row.occurrence,
        "message_type": row.type or None,
        "digest": row.digest or None,
        "state": row.state,
        "code": row.code or None,
        "ecif_no": row.ecif_no or None,
        "version": row.version,
        "reply_text": row.text or None,
        "customer_no": row.customer_no or None,
        "stored_at": row.stored_at,
        "ms": row.ms,
    }
