"""A customer image arrives: contribution, party, golden record, reply.

The reply says what happened to the party: 0000 its version rose, 0001 it did not, 0002 a steward was asked
whether it is another party too, 0003 the image was overtaken. An image that names another kind of party than
its record showed before is refused (1006) and does not use up its seq.
"""

from msgspec.structs import replace

from ecif import linking
from ecif.cluster import Cluster
from ecif.foresight import first_record
from ecif.messages import CustomerImage, First, Reply
from ecif.model import Attribute, Dialect, PartyChange, SourceRecord
from ecif.reconcile.image import on_image
from ecif.reconcile.late import date_late, is_stale
from ecif.reconcile.push import on_answered, released
from ecif.work import Cause, Work

KIND_CHANGED = "kind changed"


def take_image(work: Work, command: CustomerImage, row: int) -> Reply:
    envelope, change = command.envelope, command.change
    dialect = work.setting.dialects[envelope.system]
    key = (envelope.system, change.customer_no)
    cause = Cause("image", change.sent_at, envelope.system, row)
    record = work.record(key)
    if record is None:
        return _first(work, command, dialect, cause)
    return take_next(work, record, change, dialect, cause)


def take_next(work: Work, record: SourceRecord, change: PartyChange, dialect: Dialect, cause: Cause) -> Reply:
    """Of a record that is known."""
    if _other_kind(record, change):
        return Reply("1006", text=KIND_CHANGED)
    if is_stale(record, change):
        return _stale(work, record, change, cause)
    return apply(work, record, change, dialect, cause)


def _first(work: Work, command: CustomerImage, dialect: Dialect, cause: Cause) -> Reply:
    """A customer number the hub did not know."""
    first = command.first
    record = first.record if first else first_record(command.envelope.system, command, dialect)
    cluster, again = linking.place(work, record, first.alike if first else None)
    record = replace(record, party=cluster.head)
    return add_first(work, record, cluster, cause, again=again, first=first)


def add_first(
    work: Work,
    record: SourceRecord,
    cluster: Cluster,
    cause: Cause,
    *,
    again: bool,
    first: First | None = None,
) -> Reply:
    """A new record of that party. `again`: somebody may share a match key with it. `first`: what it makes of
    a customer of its own."""
    work.unit.add_record(record)
    work.put(record)
    _reserved(work, SourceRecord("", "", ""), record)
    if first is not None and not work.head(cluster).version:
        work.begin(cluster, first, cause)
    else:
        work.recompute(cluster, cause)
    asked = again and linking.relink(work, cluster, record, cause)
    return _answer(work, record, "0002" if asked else "0000")


def apply(work: Work, record: SourceRecord, change: PartyChange, dialect: Dialect, cause: Cause) -> Reply:
    """An image that is newer than what the record shows."""
    cluster = work.cluster_of(record)
    before = work.head(cluster)
    rules = work.setting.rules
    after = on_image(record, change, before.golden, dialect, rules.flips, rules.within)
    work.put(after)
    _standoff(work, record, after)
    _reserved(work, record, after)
    asked = False
    news = changed_contributions(record, after)
    if news or record.relations is not after.relations:
        work.recompute(cluster, cause)
    if linking.says_otherwise(work, record, after, news):
        asked = linking.relink(work, cluster, after, cause)
    head = work.head(work.cluster_of(after))
    rose = head.ecif_no != before.ecif_no or head.version != before.version
    return _answer(work, after, "0002" if asked else "0000" if rose else "0001")


def _stale(work: Work, record: SourceRecord, change: PartyChange, cause: Cause) -> Reply:
    """Overtaken: it only says better since when a value holds."""
    after = date_late(record, change)
    if after.attributes != record.attributes:
        work.put(after)
    if changed_contributions(record, after):
        work.recompute(work.cluster_of(after), cause)
    return _answer(work, after, "0003")


def _answer(work: Work, record: SourceRecord, code: str) -> Reply:
    """The reply tells the system its customer's ECIF number."""
    head = work.head(work.cluster_of(record))
    known = on_answered(work.unit.records[record.key], head.ecif_no)
    if known is not work.unit.records[record.key]:
        work.put(known)
    return Reply(code, head.ecif_no, head.version)


def changed_contributions(before: SourceRecord, after: SourceRecord) -> list[str]:
    """Attributes that it says otherwise, or since another time. `after` has all that `before` has."""
    old = before.attributes
    return [
        name
        for name, state in after.attributes.items()
        if state.own is not (old[name].own if name in old else None)
    ]


def _other_kind(record: SourceRecord, change: PartyChange) -> bool:
    """Another than it last showed, and none that it was pushed either."""
    said, known = change.values.get("kind"), record.attributes.get("kind", Attribute())
    may = known.whole_may()
    return said is not None and may[0].value is not None and all(said != one.value for one in may)


def _reserved(work: Work, before: SourceRecord, after: SourceRecord) -> None:
    """A value that its system may not decide (conf: a death) counts for nothing: a steward is asked."""
    for attribute, rule in work.setting.rules.reserved.items():
        state, was = after.attributes.get(attribute), before.attributes.get(attribute)
        own = state.own if state is not None else None
        if own is None or (was is not None and was.own is own) or rule.admits(own.value, after.system):
            continue
        subject = f"reserved:{attribute}:{own.value}:{after.system}:{after.customer_no}"
        work.open_review(subject, str(own.value), work.cluster_of(after).head, record=after, rule=attribute)


def _standoff(work: Work, before: SourceRecord, after: SourceRecord) -> None:
    """It keeps putting a losing value back: asked once, and not pushed until a steward decides."""
    if after.standoff and not before.standoff:
        work.held.append(after.key)
        if work.setting.rules.within:
            _count_anew(work, after)
        subject = f"standoff:{after.system}:{after.customer_no}"
        work.open_review(subject, "standoff", work.cluster_of(after).head, record=after)


def _count_anew(work: Work, held: SourceRecord) -> None:
    """It takes two to quarrel: without this one the others' may be over. Else they are held as well."""
    for other in work.unit.members(work.cluster_of(held)):
        if not other.standoff and any(state.insist for state in other.attributes.values()):
            work.put(released(other))
