"""A push and its answer, and what else the hub does to a record: its answer to an image, a steward's word."""

from collections.abc import Mapping

from msgspec.structs import replace

from ecif.entries import meant
from ecif.model import BLANK, UNKNOWN, Attribute, Flying, May, Pushed, SourceRecord


def on_sent(record: SourceRecord, flying: Flying, since: Mapping[str, int]) -> SourceRecord:
    """Committed before the first byte leaves, once per push, not per copy. `since` from `pushed_since`."""
    attributes = dict(record.attributes)
    values = {name: meant(value) for name, value in flying.values.items()}
    for name, value in values.items():
        before = attributes.get(name, BLANK)
        entry = Pushed(value, since.get(name, 0), flying.id, flying.sent)
        attributes[name] = Attribute(before.own, before.held, (*before.whole_may(), entry), before.insist)
    return replace(record, attributes=attributes, flying=replace(flying, values=values))


def on_repeat(record: SourceRecord) -> SourceRecord:
    """One more copy of the push in flight leaves."""
    flying = record.flying
    return record if flying is None else replace(record, flying=replace(flying, copies=flying.copies + 1))


def on_confirm(record: SourceRecord, push_id: str, now: int) -> SourceRecord:
    """The system's own positive answer. Late answers of settled pushes change nothing."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    attributes = dict(record.attributes)
    for name, value in flying.values.items():
        before = attributes.get(name, BLANK)
        # An image showed another value meanwhile: before it was applied, or after? Push again.
        held = value if flying.seen.get(name, value) == value else UNKNOWN
        may = tuple([_confirmed(e, now) if e.push == push_id else e for e in before.may])
        attributes[name] = Attribute(before.own, held, may, before.insist)
    return replace(record, attributes=attributes, flying=None, refused="", number_held=flying.ecif_no)


def _confirmed(entry: May, now: int) -> May:
    return Pushed(entry.value, entry.since, entry.push, entry.sent, now)


def on_refuse(record: SourceRecord, push_id: str, wanted_digest: str) -> SourceRecord:
    """A final refusal. `wanted_digest` is `digest` of what is wanted now."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    # Refused only when repeated: the first copy may have been applied.
    attributes = _doubted(record, flying) if flying.copies > 1 else record.attributes
    return replace(record, attributes=attributes, flying=None, refused=wanted_digest)


def on_newer(record: SourceRecord, push_id: str) -> SourceRecord:
    """0003: it holds a newer version than the hub ever made (the hub was restored), so what it holds is
    not known. The caller raises the party's version above it; the record is due again."""
    flying = record.flying
    if flying is None or flying.id != push_id:
        return record
    attributes = dict(record.attributes)
    for name in flying.values:
        before = attributes.get(name, BLANK)
        attributes[name] = Attribute(before.own, UNKNOWN, before.may, before.insist)
    return replace(record, attributes=attributes, flying=None, refused="")


def _doubted(record: SourceRecord, flying: Flying) -> dict[str, Attribute]:
    attributes = dict(record.attributes)
    for name, value in flying.values.items():
        before = attributes.get(name, BLANK)
        if before.held != value:
            attributes[name] = Attribute(before.own, UNKNOWN, before.may, before.insist)
    return attributes


def on_answered(record: SourceRecord, ecif_no: str) -> SourceRecord:
    """The reply to the record's own message tells its system the ECIF number."""
    return record if record.number_held == ecif_no else replace(record, number_held=ecif_no)


def released(record: SourceRecord) -> SourceRecord:
    """A steward pinned a value or dismissed the question: the standoff ends, the counting starts anew."""
    attributes = {
        name: Attribute(a.own, a.held, a.may, 0) if a.insist else a for name, a in record.attributes.items()
    }
    return replace(record, attributes=attributes, standoff=False)
