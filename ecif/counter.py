"""A system whose customer number is the ECIF number itself: it opens, changes and verifies customers by it.

An opening becomes a record under the number of the party it belongs to, be that a new one or one the hub
knew; opened again, it is the next image of that record. A change names a party by any number it ever had: its
record under that number is meant, else one that the party has, else a first change makes one. Nothing needs
to be matched to find the party, but what the image says may tie it to another one. Where two of its customers
became one, it sees one and has two records: what it withdraws it withdraws from both.

A verification marks a document that the party carries (`ecif.verified`). It is no image: it neither waits for
an order nor sets one.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from ecif import images, linking
from ecif.cluster import Cluster
from ecif.entries import golden_place
from ecif.identity import canonical_document, valid_document
from ecif.messages import Amendment, Opening, Reply, Verification
from ecif.model import FAMILIES, MARK, Newest, PartyChange, SourceRecord, Value
from ecif.reconcile.image import on_image
from ecif.sequence import counted
from ecif.work import NOTHING, Cause, Work

UNKNOWN = Reply("2001")
CHECKED = ("resident_id", "uscc")
"""Documents whose numbers have a check digit."""
EFFECTS = ("0001", "0000", "0002")
"""Replies to what was taken, each saying more than the one before."""


def take_opening(work: Work, command: Opening, row: int) -> Reply:
    envelope, change = command.envelope, command.change
    wrong = _wrong_document(change)
    if wrong:
        return Reply("1006", text=f"{wrong} check digit")
    dialect = work.setting.dialects[envelope.system]
    first, newest = counted(None, change, envelope.message_id)
    supposed = on_image(SourceRecord(envelope.system, "", ""), first, NOTHING, dialect)
    cluster, again = linking.place(work, supposed)
    known = own_record(work, cluster, envelope.system)
    if known is not None:
        return _next(work, known, command, row)
    record = replace(supposed, customer_no=cluster.head, party=cluster.head, newest=newest)
    cause = Cause("image", change.sent_at, envelope.system, row)
    return images.add_first(work, record, cluster, cause, again=again)


def take_amendment(work: Work, command: Amendment, row: int) -> Reply:
    envelope, change = command.envelope, command.change
    cluster = cluster_named(work, change.customer_no)
    if cluster is None:
        return UNKNOWN
    known = own_record(work, cluster, envelope.system, change.customer_no)
    if known is not None:
        return _next(work, known, command, row)
    before = work.head(cluster).golden
    if change.values.get("kind") not in (None, before.kind()):
        return Reply("1006", text=images.KIND_CHANGED)
    dialect = work.setting.dialects[envelope.system]
    first, newest = counted(None, change, envelope.message_id)
    blank = SourceRecord(envelope.system, cluster.head, cluster.head, newest=newest)
    record = on_image(blank, first, before, dialect)
    cause = Cause("image", change.sent_at, envelope.system, row)
    return images.add_first(work, record, cluster, cause, again=True)


def take_verification(work: Work, command: Verification, row: int) -> Reply:
    cluster = cluster_named(work, command.ecif_no)
    if cluster is None or not _carries(work, cluster, *command.document):
        return UNKNOWN
    envelope, (type, number) = command.envelope, command.document
    sent_at = work.now if envelope.sent_at is None else min(envelope.sent_at, work.now)
    dialect = work.setting.dialects[envelope.system]
    record = own_record(work, cluster, envelope.system, command.ecif_no)
    seen = {f"{MARK}{type}": number}
    cause = Cause("verify", sent_at, envelope.system, row)
    if record is not None:
        mark = PartyChange(record.customer_no, record.seq, sent_at, envelope.duplicate, seen)
        return images.apply(work, record, mark, dialect, cause)
    mark = PartyChange(cluster.head, 0, sent_at, envelope.duplicate, seen)
    blank = SourceRecord(envelope.system, cluster.head, cluster.head)
    record = on_image(blank, mark, work.head(cluster).golden, dialect)
    return images.add_first(work, record, cluster, cause, again=False)


def _next(work: Work, known: SourceRecord, command: Opening | Amendment, row: int) -> Reply:
    envelope = command.envelope
    change, newest = counted(known, command.change, envelope.message_id)
    cause = Cause("image", change.sent_at, envelope.system, row)
    dialect = work.setting.dialects[known.system]
    reply = images.take_next(work, _measured(known, newest), change, dialect, cause)
    for twin in _twins(work, known) if reply.code in EFFECTS else ():
        withdrawn = _withdrawn(twin, change)
        if withdrawn.values:
            more = images.apply(work, twin, withdrawn, dialect, cause)
            reply = replace(more, code=max(reply.code, more.code, key=EFFECTS.index))
    return reply


def _twins(work: Work, record: SourceRecord) -> list[SourceRecord]:
    """The system's other records of the same party."""
    members = work.unit.members(work.cluster_of(work.unit.records[record.key]))
    return [other for other in members if other.system == record.system and other.key != record.key]


def _withdrawn(twin: SourceRecord, change: PartyChange) -> PartyChange:
    """What the change takes back and this record says since before. No image of its own: it sets no order."""
    values: dict[str, Value | None] = {}
    for name, said in change.values.items():
        own = twin.attributes[name].own if name in twin.attributes else None
        if said is None and own is not None and own.since <= change.sent_at:
            values[name] = None
    return PartyChange(twin.customer_no, twin.seq, change.sent_at, change.duplicate, values)


def _measured(record: SourceRecord, newest: Newest) -> SourceRecord:
    return record if record.newest == newest else replace(record, newest=newest)


def cluster_named(work: Work, ecif_no: str) -> Cluster | None:
    """The customer of a number, old or current; None for one that was never given or stands for nobody."""
    work.unit.load_parties([ecif_no])
    if ecif_no not in work.unit.parties:
        return None
    cluster = work.unit.cluster_of(ecif_no)
    return cluster if work.unit.keys(cluster) else None


def own_record(work: Work, cluster: Cluster, system: str, named: str = "") -> SourceRecord | None:
    """The system's own record of that party: under the number named, else the party's, else the lowest."""
    numbers = {key[1] for key in work.unit.keys(cluster) if key[0] == system}
    for number in (named, cluster.head, *sorted(numbers)):
        if number in numbers:
            return work.record((system, number))
    return None


def _wrong_document(change: PartyChange) -> str:
    """The first document whose check digit is wrong; "" for none."""
    for attribute, value in change.values.items():
        family, _, type = attribute.partition(":")
        number = value[0] if family == "document" and type in CHECKED and value is not None else None
        if number is not None and not valid_document(type, number):
            return attribute
    return ""


def _carries(work: Work, cluster: Cluster, type: str, number: str) -> bool:
    """Does anybody contribute this document to that party, or is it pinned there?"""
    document = canonical_document(type, number)
    return any(canonical_document(type, carried) == document for carried in _carried(work, cluster, type))


def _carried(work: Work, cluster: Cluster, type: str) -> Iterator[str]:
    place = f"document:{type}"
    survivor = work.head(cluster).golden.values.get(place)
    if survivor is not None:
        yield str(survivor.value[0])
    for record in work.unit.members(cluster):
        for attribute, state in record.attributes.items():
            own = state.own
            if own is None or (attribute in FAMILIES and not own.value[0]):
                continue
            at, value = golden_place(attribute, own.value)
            if at == place:
                yield str(value[0])
