"""An image that a newer one has overtaken: it is answered 0003, and tells better since when a value holds."""

from msgspec.structs import replace

from ecif.entries import meant
from ecif.model import BLANK, Attribute, Own, PartyChange, SourceRecord, Value


def is_stale(record: SourceRecord, change: PartyChange) -> bool:
    """Overtaken by a newer image: answered 0003 and only `date_late` applies."""
    return change.seq <= record.seq


def date_late(record: SourceRecord, change: PartyChange) -> SourceRecord:
    """An overtaken image overwrites nothing; it only tells better since when the own value holds."""
    attributes = dict(record.attributes)
    for name, said in change.values.items():
        before = attributes.get(name, BLANK)
        own = before.own
        if own is None or said is None or not own.lo < change.seq < own.seq:
            continue
        value = meant(said)
        if value == own.value:
            since = own.since if name in change.since else min(own.since, change.sent_at)
            own = Own(own.value, since, change.seq, own.lo)
        elif not _partial(said, own.value):
            own = Own(own.value, own.since, own.seq, change.seq)
        attributes[name] = _redated(before, own)
    return replace(record, attributes=attributes)


def _redated(before: Attribute, own: Own) -> Attribute:
    """Another since of the own value is not one of what it can show."""
    assert before.own is not None
    may = before.may if own.since == before.own.since else before.whole_may()
    return Attribute(own, before.held, may, before.insist)


def _partial(said: Value, own: Value) -> bool:
    """A blank part leaves open whether an old image meant the own value."""
    if not isinstance(said, tuple) or not isinstance(own, tuple):
        return False
    return said[-2] is None or (said[-1] is None and said[:-1] == own[:-1])
