"""A system merged or renumbered a customer: the old number's source record moves to the new number.

Where the new number has no record, the old one becomes it, with all it contributes and holds; a push in
flight to the old number can no longer be answered for it, so it is dropped, and what it carried is not
known to be there. Where the new number has a record, the old record ends, and both parties are one
customer, unless something forbids that: then a steward is asked.
"""

from msgspec.structs import replace

from ecif import linking, match_index, same_party
from ecif.matching import Question
from ecif.messages import NumberReplaced, Reply
from ecif.model import SourceRecord
from ecif.pushing import landed
from ecif.reconcile.push import on_answered
from ecif.work import Cause, Work


def take_replacement(work: Work, command: NumberReplaced, row: int) -> Reply:
    system = command.envelope.system
    old, new = work.record((system, command.old)), work.record((system, command.new))
    if old is None:
        return Reply("2001")
    sent_at = command.envelope.sent_at or work.now
    cause = Cause("renumber", sent_at, system, row)
    if command.seq <= old.seq and (new is None or command.seq <= new.seq):
        return _answer(work, new or old, "0003")
    if new is None:
        return _rename(work, old, command, cause)
    if new.key == old.key:
        return _answer(work, old, "0001")
    return _end(work, old, new, cause)


def _rename(work: Work, old: SourceRecord, command: NumberReplaced, cause: Cause) -> Reply:
    cluster = work.cluster_of(old)
    record = replace(landed(old), customer_no=command.new, seq=command.seq)
    work.unit.drop_record(old.key)
    work.unit.add_record(record)
    same_party.carry_over(work, old.key, record.key)
    work.put(record)
    rose = work.recompute(cluster, cause)
    return _answer(work, record, "0000" if rose else "0001")


def _end(work: Work, old: SourceRecord, new: SourceRecord, cause: Cause) -> Reply:
    """The old record's contributions end; NEW keeps its own."""
    mine, theirs = work.cluster_of(old), work.cluster_of(new)
    before = work.head(theirs)
    against = "" if mine is theirs else linking.forbids(work, mine, theirs)
    work.unit.drop_record(old.key)
    same_party.carry_over(work, old.key, new.key)
    work.recompute(mine, cause)
    match_index.reindex(work, mine.head)
    asked = False
    if against:
        asked = same_party.ask(work, theirs.head, mine.head, new, Question(mine.head, against))
    elif mine is not theirs:
        linking.unite(work, mine, theirs, cause)
    after = work.head(work.cluster_of(new))
    rose = (after.ecif_no, after.version) != (before.ecif_no, before.version)
    return _answer(work, new, "0002" if asked else "0000" if rose else "0001")


def _answer(work: Work, record: SourceRecord, code: str) -> Reply:
    head = work.head(work.cluster_of(record))
    current = work.unit.records[record.key]
    known = on_answered(current, head.ecif_no)
    if known is not current:
        work.put(known)
    return Reply(code, head.ecif_no, head.version)
