"""Who is whom: puts a new record to a party, and parties together, by the evidence of `ecif.matching`.

Evidence is judged when it changes, and then for the whole party: a party that learned something looks at all
that share a match key with it. So the order of arrival does not decide, whichever of two records comes later
finds the other. A tie between two parties merges them, the lower ECIF number surviving, and the merged party
looks again. Where something speaks against it a steward is asked, once; where a steward declared two parties
different nothing happens.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ecif import stewardship
from ecif.cluster import Cluster
from ecif.matching import IDENTITY, Doubt, Linked, Same
from ecif.messages import Command, CustomerImage
from ecif.model import Attribute, Key, Own, PartyChange, SourceRecord, Value
from ecif.work import Cause, Work

_BLANK: Final = Attribute()


# ---------------------------------------------------------------- reading ahead


def load(work: Work, batch: Sequence[Command]) -> None:
    """What the batch's images will need: the members of parties that hear something new, and the parties
    that they may turn out to be.

    A guess that only saves reads: what is decided loads what it lacks.
    """
    told = [(work.record(key), change) for key, change in images(batch)]
    news = [_news(record, change) for record, change in told]
    work.unit.load_members(
        work.cluster_of(record)
        for (record, change), names in zip(told, news, strict=True)
        if record is not None and (names or change.relations is not None)
    )
    keys: set[str] = set()
    for (record, change), names in zip(told, news, strict=True):
        if not IDENTITY.isdisjoint(names):
            keys.update(_supposed_keys(work, record, change, names))
    work.unit.load_matches(keys)
    work.unit.load_members(work.unit.clusters[head] for head in work.unit.carriers(keys))


def images(batch: Sequence[Command]) -> Iterator[tuple[Key, PartyChange]]:
    """The customer images among them, each with its record's key."""
    for command in batch:
        if isinstance(command, CustomerImage):
            yield (command.envelope.system, command.change.customer_no), command.change


def _news(record: SourceRecord | None, change: PartyChange) -> Collection[str]:
    """Attributes of which it says something that its record is not known to show already."""
    if record is None:
        return change.values.keys()
    before = record.attributes
    return [name for name, value in change.values.items() if not _known(before.get(name, _BLANK), value)]


def _known(state: Attribute, value: Value | None) -> bool:
    return value == state.held or any(value == may.value for may in state.may)


def _supposed_keys(
    work: Work, record: SourceRecord | None, change: PartyChange, names: Collection[str]
) -> tuple[str, ...]:
    """The keys of its party if all that is new in the image were genuine."""
    before = record.attributes if record else {}
    said = {
        name: Attribute(Own(value, change.sent_at, change.seq, -1))
        for name in names
        if name in IDENTITY
        and (value := change.values[name]) is not None
        and (not isinstance(value, tuple) or value[-2] is not None)
    }
    supposed = SourceRecord("", "", "", attributes={**before, **said})
    others = work.unit.members(work.cluster_of(record)) if record else []
    return work.setting.matching.match_keys([supposed, *(other for other in others if other is not record)])


# ---------------------------------------------------------------- deciding


def place(work: Work, record: SourceRecord) -> tuple[Cluster, bool]:
    """The party that a new record belongs to, perhaps a new one; and whether that must be looked at again,
    since somebody shares a match key with the record."""
    keys = work.setting.matching.match_keys((record,))
    work.unit.load_matches(keys)
    heads = work.unit.carriers(keys)
    if not heads:
        alone = work.new_party()
        work.unit.put_match_keys(alone.head, keys)
        return alone, False
    candidates = {head: work.unit.members(work.unit.clusters[head]) for head in heads}
    judged = work.setting.matching.judge(record, candidates)
    if isinstance(judged, Linked):
        return work.unit.clusters[judged.ecif_no], True
    return work.new_party(), True


def relink(work: Work, cluster: Cluster, record: SourceRecord, cause: Cause) -> bool:
    """`cluster` learned something about who it is: index it, merge what is one, ask where in doubt.

    True when a steward was asked something new.
    """
    asked = False
    while True:
        keys = keys_of(work, cluster)
        work.unit.put_match_keys(cluster.head, keys)
        work.unit.load_matches(keys)
        other = None
        for head in sorted(work.unit.carriers(keys) - {cluster.head}):
            found = _compare(work, cluster, work.unit.clusters[head])
            if isinstance(found, Same):
                other = work.unit.clusters[head]
                break
            if isinstance(found, Doubt):
                asked |= ask(work, cluster.head, head, record, found.reason)
        if other is None:
            return asked
        cluster = unite(work, cluster, other, cause)


def _compare(work: Work, one: Cluster, other: Cluster) -> Same | Doubt | None:
    found = work.setting.matching.same_customer(work.unit.members(one), work.unit.members(other))
    if not isinstance(found, Same | Doubt) or declared_different(work, one, other):
        return None
    return found


def unite(work: Work, one: Cluster, other: Cluster, cause: Cause) -> Cluster:
    """Merged, the lower number surviving."""
    survivor, absorbed = sorted((one, other), key=_number)
    return absorb(work, survivor, absorbed, cause)


def absorb(work: Work, survivor: Cluster, absorbed: Cluster, cause: Cause) -> Cluster:
    asked = pair_subjects(survivor, absorbed)
    merged = stewardship.merge(work, survivor.head, absorbed.head, cause)
    reindex(work, survivor.head, absorbed.head)
    work.close_reviews(asked)
    return merged


def _number(cluster: Cluster) -> str:
    return cluster.head


def forbids(work: Work, one: Cluster, other: Cluster) -> str:
    """What speaks against their being one customer, although their system says so; "" for nothing."""
    return next(iter(forbidden_by(work, one, other)), "")


def forbidden_by(work: Work, one: Cluster, other: Cluster) -> tuple[str, ...]:
    """All that does: a steward's word, and vetoes."""
    said = ("declared different",) if declared_different(work, one, other) else ()
    return said + work.setting.matching.vetoes(work.unit.members(one), work.unit.members(other))


def keys_of(work: Work, cluster: Cluster) -> tuple[str, ...]:
    members = work.unit.members(cluster)
    return work.setting.matching.match_keys(members) if members else ()


def reindex(work: Work, *heads: str) -> None:
    """Rewrites the match keys of these heads, some of which may be merged now."""
    for head in heads:
        cluster = work.unit.clusters.get(head)
        work.unit.put_match_keys(head, keys_of(work, cluster) if cluster else ())


def holders(work: Work, document_type: str, document_no: str) -> list[Cluster]:
    """Parties that carry the document: by its match key, or to the letter where it proves nothing."""
    unit = work.unit
    heads = unit.load_document_holders(document_type, document_no)
    key = work.setting.matching.document_key(document_type, document_no)
    if key is not None:
        unit.load_matches([key])
        heads |= unit.carriers([key])
    return [unit.clusters[head] for head in sorted(heads) if head in unit.clusters]


# ---------------------------------------------------------------- a steward's word


def ask(work: Work, one: str, other: str, record: SourceRecord, reason: str) -> bool:
    """Are these one customer? True when that was not asked before."""
    subject = pair_subject(one, other)
    return work.open_review(subject, "same_party", one, other=other, record=record, rule=reason)


def pair_subject(one: str, other: str) -> str:
    return "same:" + ":".join(sorted((one, other)))


def pair_subjects(one: Cluster, other: Cluster) -> list[str]:
    """Under which it may have been asked whether these are one: by any numbers they had."""
    return [pair_subject(a, b) for a in sorted(one.numbers) for b in sorted(other.numbers)]


def declared_different(work: Work, one: Cluster, other: Cluster) -> bool:
    pairs = work.unit.load_no_matches(sorted(one.numbers | other.numbers))
    return any(
        (low in one.numbers and high in other.numbers) or (low in other.numbers and high in one.numbers)
        for low, high in pairs
    ) or _records_declared_different(work, one, other)


def _records_declared_different(work: Work, one: Cluster, other: Cluster) -> bool:
    """A record of one that a steward declared not to be the other."""
    for row in work.unit.steward.record_pairs_of(one.numbers | other.numbers):
        owner = one if row["ecif_no"] in other.numbers else other
        if (row["system"], row["customer_no"]) in work.unit.keys(owner):
            return True
    return False


def declare_different(work: Work, one: str, other: str, *, actor: str, reason: str) -> bool:
    """These two are not one customer; no rule merges them any more. False where that was said already."""
    low, high = sorted((one, other))
    if (low, high) in work.unit.load_no_matches([low]):
        return False
    work.unit.no_match_rows.append(
        {
            "low": low,
            "high": high,
            "actor": actor[:80] or None,
            "reason": reason[:400] or None,
            "decided_at": work.now,
        }
    )
    return True
