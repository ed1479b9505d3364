"""A system is to be told everything again: it was restored, or was found to hold something else.

There is no queue to fill. What its records are believed to hold is forgotten, so each of them is due, once,
for its newest version; a final refusal is forgotten with it. Done twice nothing is pushed twice. Where
neither the golden record nor the system is known to have a value nothing is forgotten: there a push would
clear what the hub has perhaps not heard of yet.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from ecif import journal
from ecif.model import UNKNOWN, Attribute, Dialect, Golden, SourceRecord
from ecif.reconcile.desired import is_due, wanted
from ecif.store.rows import JournalRow
from ecif.work import Work


class Marked(msgspec.Struct, frozen=True):
    """How many records, of those named."""

    marked: int = 0
    """Newly to be pushed."""
    pending: int = 0
    """A push was due or in flight already."""
    held: int = 0
    """Held for a steward: pushed when that is decided."""
    empty: int = 0
    """There is nothing to tell of them."""

    def __add__(self, other: "Marked") -> "Marked":
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Marked(*[a + b for a, b in zip(mine, theirs, strict=True)])


def mark(work: Work, keys: Sequence[tuple[str, str]]) -> Marked:
    work.unit.load_records(keys)
    found = Marked()
    for key in keys:
        record, dialect = work.record(key), work.setting.dialects.get(key[0])
        if record is not None and dialect is not None:
            found += _mark(work, record, dialect)
    return found


def _mark(work: Work, record: SourceRecord, dialect: Dialect) -> Marked:
    if record.flying is not None:  # it carries all, and is repeated until it is answered
        return Marked(pending=1)
    cluster = work.cluster_of(record)
    golden = work.head(cluster).golden
    after = doubted(record, golden, dialect)
    pending = work.unit.schedules[record.key].next_attempt is not None
    work.put(after)
    if record.standoff:
        return Marked(held=1)
    if not is_due(after, golden, cluster.head, dialect):
        return Marked(empty=1)
    return Marked(pending=1) if pending else Marked(marked=1)


def doubted(record: SourceRecord, golden: Golden, dialect: Dialect) -> SourceRecord:
    """The record as if nobody knew what its system holds."""
    attributes = dict(record.attributes)
    for name, value in wanted(record, golden, dialect).items():
        before = attributes.get(name, Attribute())
        if value is not None or before.held is not None:
            attributes[name] = Attribute(before.own, UNKNOWN, before.may, before.insist)
    return replace(record, attributes=attributes, refused="")


def note(work: Work, system: str, text: str, actor: str) -> None:
    about = JournalRow(0, system, "", "", 0, "", "", "", "", "", 0, "", "", work.now)
    journal.enter_act(work.unit, "resync", actor, work.now, about=about, state="marked", text=text)
