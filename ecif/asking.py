"""Questions: who is this party, who carries this document. Answered anew each time; they change nothing."""

from ecif import linking
from ecif.cluster import Cluster
from ecif.identity import compatible_names
from ecif.messages import Answer, Identification, PartyQuery, Reply
from ecif.model import SourceRecord
from ecif.reconcile import in_full
from ecif.work import Work

UNKNOWN_PARTY = Reply("2001")


def answer_query(work: Work, command: PartyQuery) -> Reply:
    system = command.envelope.system
    if command.customer_no:
        record = work.record((system, command.customer_no))
        return _answer(work, system, work.cluster_of(record), record) if record else UNKNOWN_PARTY
    if command.ecif_no not in work.unit.parties:
        return UNKNOWN_PARTY
    return _answer(work, system, work.unit.cluster_of(command.ecif_no), None)


def identify(work: Work, command: Identification) -> Reply:
    """2001 when nobody carries the document, or its customer has another name."""
    for cluster in linking.holders(work, *command.document):
        name = work.head(cluster).golden.values.get("name")
        if name is not None and compatible_names(str(name.value), command.name):
            return _answer(work, command.envelope.system, cluster, None)
    return UNKNOWN_PARTY


def _answer(work: Work, system: str, cluster: Cluster, record: SourceRecord | None) -> Reply:
    head, dialect = work.head(cluster), work.setting.dialects[system]
    keys = work.unit.keys(cluster)
    if not keys:
        return UNKNOWN_PARTY
    if record is None:
        own = min((key for key in keys if key[0] == system), default=None)
        record = work.unit.records[own] if own else None
    values = in_full(head.golden, dialect, record)
    number = record.customer_no if record else ""
    return Reply("0000", head.ecif_no, head.version, answer=Answer(head.golden.kind(), number, values))
