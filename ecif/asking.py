"""Questions: who is this party, who carries this document. Answered anew each time; they change nothing."""

from msgspec.structs import replace

from ecif import match_index
from ecif.cluster import Cluster
from ecif.identity import compatible_names
from ecif.messages import Answer, Identification, PartyQuery, Reply
from ecif.model import Golden, Relation, SourceRecord
from ecif.reconcile.desired import in_full
from ecif.work import Work

UNKNOWN_PARTY = Reply("2001")


def answer_query(work: Work, command: PartyQuery) -> Reply:
    system = command.envelope.system
    asked = command.of_system or system
    record = work.record((asked, command.customer_no)) if command.customer_no else None
    cluster = work.cluster_of(record) if record is not None else _named(work, command)
    if cluster is None:
        return UNKNOWN_PARTY
    reply = _answer(work, system, cluster, record if asked == system else None)
    return _with_lists(work, cluster, reply) if command.lists else reply


def _named(work: Work, command: PartyQuery) -> Cluster | None:
    """By ECIF number or document. Several may carry a document: the lowest number is told."""
    if command.ecif_no in work.unit.parties:
        return work.unit.cluster_of(command.ecif_no)
    holders = match_index.holders(work, *command.document) if command.document else []
    return holders[0] if holders else None


def identify(work: Work, command: Identification) -> Reply:
    """2001 when nobody carries the document, or its customer has another name."""
    for cluster in match_index.holders(work, *command.document):
        if _is_called(work, cluster, command.name):
            return _answer(work, command.envelope.system, cluster, None)
    return UNKNOWN_PARTY


def _with_lists(work: Work, cluster: Cluster, reply: Reply) -> Reply:
    if reply.answer is None:
        return reply
    holdings = tuple(
        (record.system, holding)
        for record in work.unit.members(cluster)
        for holding in (record.holdings.items if record.holdings else ())
    )
    relations = _relations(work, work.head(cluster).golden)
    return replace(reply, answer=replace(reply.answer, holdings=holdings, relations=relations))


def _relations(work: Work, golden: Golden) -> tuple[tuple[Relation, str], ...]:
    """Each once, however many systems report it."""
    reported = dict.fromkeys(relation for _, _, relation in golden.relations)
    return tuple((relation, _known(work, relation)) for relation in reported)


def _known(work: Work, relation: Relation) -> str:
    """Who carries the document under that name, if anybody."""
    for cluster in match_index.holders(work, *relation.document) if relation.document else ():
        if _is_called(work, cluster, relation.name):
            return cluster.head
    return ""


def _is_called(work: Work, cluster: Cluster, name: str) -> bool:
    own = work.head(cluster).golden.values.get("name")
    return own is not None and compatible_names(str(own.value), name)


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
