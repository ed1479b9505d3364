"""Who is whom: puts a new record to a party, and parties together, by the evidence of `ecif.matching`.

Evidence is judged when it changes, and then for the whole party: a party that learned something looks at all
that share a match key with it. So the order of arrival does not decide, whichever of two records comes later
finds the other. A tie between two parties merges them, the lower ECIF number surviving, and the merged party
looks again. Where something speaks against it a steward is asked, once; where a steward declared two parties
different nothing happens.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from ecif import stewardship
from ecif.cluster import Cluster
from ecif.matching import SCORE, Conflict, Judgement, Linked, New, Question
from ecif.messages import Command, CustomerImage
from ecif.model import Attribute, Key, Own, PartyChange, SourceRecord
from ecif.work import Cause, Work

_BLANK: Final = Attribute()
MOST_AGAIN: Final = 8
"""Neighbours of a party that learned something, looked at again with it."""


# ---------------------------------------------------------------- reading ahead


def load(work: Work, batch: Sequence[Command]) -> None:
    """What the batch's images will need: the members of parties that hear something new, and the parties
    that they may turn out to be.

    A guess that only saves reads: what is decided loads what it lacks.
    """
    keys, others = _foreseen(work, batch)
    told = [(work.record(key), change) for key, change in images(others)]
    news = [_news(record, change) for record, change in told]
    work.unit.load_members(
        work.cluster_of(record)
        for (record, change), names in zip(told, news, strict=True)
        if record is not None and (names or change.relations is not None)
    )
    keys += [
        _supposed_keys(work, record, change, names)
        for (record, change), names in zip(told, news, strict=True)
        if not work.setting.matching.attributes.isdisjoint(names)
    ]
    work.unit.load_matches({key for one in keys for key in one})
    heads = {head for one in keys for head in _promising(work, one)}
    work.unit.load_heads(heads)
    work.unit.load_members(work.unit.clusters[head] for head in heads if head in work.unit.clusters)


def _foreseen(work: Work, batch: Sequence[Command]) -> tuple[list[tuple[str, ...]], list[Command]]:
    """Match keys of customers that nobody knows, as the process that read them worked them out; and the
    commands left."""
    keys: list[tuple[str, ...]] = []
    others: list[Command] = []
    for command in batch:
        first = command.first if isinstance(command, CustomerImage) else None
        if first is not None:
            work.setting.matching.remember(first.record, first.said)
        if first is not None and work.record(first.record.key) is None:
            keys.append(first.said.keys)
        else:
            others.append(command)
    return keys, others


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
    return [
        name
        for name, value in change.values.items()
        if value != (state := before.get(name, _BLANK)).held and all(value != may.value for may in state.may)
    ]


def _supposed_keys(
    work: Work, record: SourceRecord | None, change: PartyChange, names: Collection[str]
) -> tuple[str, ...]:
    """The keys of its party if all that is new in the image were genuine."""
    before = record.attributes if record else {}
    said = {
        name: Attribute(Own(value, change.sent_at, change.seq, -1))
        for name in names
        if name in work.setting.matching.attributes
        and (value := change.values[name]) is not None
        and (not isinstance(value, tuple) or value[-2] is not None)
    }
    supposed = SourceRecord("", "", "", attributes={**before, **said})
    others = work.unit.members(work.cluster_of(record)) if record else []
    return work.setting.matching.match_keys([supposed, *(other for other in others if other is not record)])


# ---------------------------------------------------------------- deciding


def place(work: Work, record: SourceRecord) -> tuple[Cluster, bool]:
    """The party that a new record belongs to, perhaps a new one; and whether that must be looked at again,
    since the party learned something or might be another."""
    keys = work.setting.matching.match_keys((record,))
    candidates = _candidates(work, keys)
    if not candidates:
        alone = work.new_party()
        index(work, alone, keys)
        return alone, False
    judged = _judged(work, None, (record,), candidates)
    if isinstance(judged, Linked):
        return work.unit.clusters[judged.ecif_no], True
    new = work.new_party()
    index(work, new, keys)
    return new, isinstance(judged, Conflict)


def says_otherwise(work: Work, before: SourceRecord, after: SourceRecord, news: Collection[str]) -> bool:
    """Is it other evidence of who it is? What only began to hold at another time is none."""
    matching = work.setting.matching
    if matching.attributes.isdisjoint(news):
        return False
    return matching.identity_of(before) != matching.identity_of(after)


def relink(work: Work, cluster: Cluster, record: SourceRecord, cause: Cause) -> bool:
    """`cluster` learned something about who it is: index it, merge what is one, ask where in doubt. Those it
    is like are looked at again, too: what was undecided between two may be decided now.

    True when a steward was asked something new.
    """
    asked = False
    waiting = deque([cluster.head])
    seen = {cluster.head}
    while waiting:
        head = waiting.popleft()
        looked_at = work.unit.clusters.get(head)
        if looked_at is None:
            continue  # merged meanwhile
        keys = keys_of(work, looked_at)
        index(work, looked_at, keys)
        candidates = _candidates(work, keys, own=head)
        judged = _judged(work, looked_at, work.unit.members(looked_at), candidates)
        if isinstance(judged, Linked):
            waiting.appendleft(unite(work, looked_at, candidates[judged.ecif_no], cause).head)
            continue
        for question in judged.doubts if isinstance(judged, Conflict) else ():
            asked |= ask(work, head, question.ecif_no, record, question)
            if question.likeness is not None and question.ecif_no not in seen and len(seen) < MOST_AGAIN:
                seen.add(question.ecif_no)
                waiting.append(question.ecif_no)
    return asked


def index(work: Work, cluster: Cluster, keys: tuple[str, ...]) -> None:
    """It is found by these keys from now on; those that a crowd shares find nobody any more."""
    work.unit.put_match_keys(cluster.head, keys)
    work.unit.load_matches(keys)
    for key in keys:
        shared = len(work.unit.match_index[key])  # one, where it is stopped already
        if shared > 2 and shared > work.setting.matching.largest(key):
            work.unit.stop_key(key)


def _candidates(work: Work, keys: Iterable[str], own: str = "") -> dict[str, Cluster]:
    """Parties that it may be, by number."""
    work.unit.load_matches(keys)
    heads = _promising(work, keys) - {own}
    work.unit.load_heads(heads)
    return {head: work.unit.clusters[head] for head in sorted(heads) if head in work.unit.clusters}


def _promising(work: Work, keys: Iterable[str]) -> set[str]:
    return work.setting.matching.promising({key: work.unit.sharing(key) for key in keys})


def _judged(
    work: Work, own: Cluster | None, side: Sequence[SourceRecord], candidates: Mapping[str, Cluster]
) -> Judgement:
    """What matching says of it, and again where a steward has declared some of those concerned different."""
    if not candidates:
        return New()
    work.unit.load_members(candidates.values())
    known = {head: work.unit.members(cluster) for head, cluster in candidates.items()}
    different: set[str] = set()
    strangers: set[frozenset[str]] = set()
    while True:
        judged = work.setting.matching.judge(side, known, different, strangers)
        concerned = _concerned(judged)
        if own is not None:
            said = {h for h in concerned if declared_different(work, own, candidates[h])} - different
            if said:
                different |= said
                continue
        pairs = {
            frozenset(pair)
            for pair in combinations(concerned, 2)
            if frozenset(pair) not in strangers
            and declared_different(work, candidates[pair[0]], candidates[pair[1]])
        }
        if not pairs:
            return judged
        strangers |= pairs


def _concerned(judged: Judgement) -> list[str]:
    if isinstance(judged, New):
        return []
    link = [judged.ecif_no] if isinstance(judged, Linked) else []
    return [*link, *(question.ecif_no for question in judged.doubts)]


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


def ask(work: Work, one: str, other: str, record: SourceRecord, question: Question) -> bool:
    """Are these one customer? True when that was not asked before."""
    kind, rule = "same_party", question.reason
    if question.likeness is not None:
        kind, rule = SCORE, str(question.likeness)
    return work.open_review(pair_subject(one, other), kind, one, other=other, record=record, rule=rule)


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


def carry_over(work: Work, old: Key, new: Key) -> None:
    """A record goes under another customer number: what a steward declared of it stays with it."""
    rows = work.unit.steward
    known = {row["ecif_no"] for row in rows.record_pairs_of_key(new)}
    for row in rows.record_pairs_of_key(old):
        rows.dropped_record_pairs.add((*old, row["ecif_no"]))
        if row["ecif_no"] not in known:
            rows.record_pairs.append(row | {"system": new[0], "customer_no": new[1]})


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
