"""Who is whom: puts a new record to a party, and parties together, by the evidence of `ecif.matching`.

Evidence is judged when it changes, and then for the whole party: a party that learned something looks at all
that share a match key with it. So the order of arrival does not decide, whichever of two records comes later
finds the other. A tie between two parties merges them, the lower ECIF number surviving, and the merged party
looks again. Where something speaks against it a steward is asked, once; where a steward declared two parties
different nothing happens.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Final

from ecif import match_index, same_party, stewardship
from ecif.cluster import Cluster
from ecif.matching import Conflict, Judgement, Linked, New
from ecif.model import Key, SourceRecord
from ecif.work import Cause, Work

MOST_AGAIN: Final = 8
"""Neighbours of a party that learned something, looked at again with it."""


def place(work: Work, record: SourceRecord, alike: Collection[Key] | None = None) -> tuple[Cluster, bool]:
    """The party that a new record belongs to, perhaps a new one; and whether that must be looked at again,
    since the party learned something or might be another. `alike`: all records that the score may tie it to,
    where they are known; otherwise they are looked for."""
    said = work.setting.matching.weighed(record)
    sought = work.setting.matching.sought_beside(said, alike)
    candidates = match_index.candidates(work, sought) | _parties_of(work, alike or ())
    if not candidates:
        alone = work.new_party()
        match_index.index(work, alone, said.keys)
        return alone, False
    judged = _judged(work, None, (record,), candidates)
    if isinstance(judged, Linked):
        return work.unit.clusters[judged.ecif_no], True
    new = work.new_party()
    match_index.index(work, new, said.keys)
    return new, isinstance(judged, Conflict)


def _parties_of(work: Work, keys: Collection[Key]) -> dict[str, Cluster]:
    """By number; of the records that are known."""
    work.unit.load_records(keys)
    known = [record for key in keys if (record := work.record(key)) is not None]
    return {cluster.head: cluster for cluster in map(work.cluster_of, known)}


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
    waiting, seen = deque([cluster.head]), {cluster.head}
    while waiting:
        head = waiting.popleft()
        looked_at = work.unit.clusters.get(head)
        if looked_at is None:
            continue  # merged meanwhile
        judged, candidates = _look_at(work, looked_at)
        if isinstance(judged, Linked):
            waiting.appendleft(unite(work, looked_at, candidates[judged.ecif_no], cause).head)
            continue
        for question in judged.doubts if isinstance(judged, Conflict) else ():
            asked |= same_party.ask(work, head, question.ecif_no, record, question)
            if question.likeness is not None and question.ecif_no not in seen and len(seen) < MOST_AGAIN:
                seen.add(question.ecif_no)
                waiting.append(question.ecif_no)
    return asked


def _look_at(work: Work, cluster: Cluster) -> tuple[Judgement, Mapping[str, Cluster]]:
    members = work.unit.members(cluster)
    match_index.index(work, cluster, match_index.keys_of(work, cluster))
    sought = work.setting.matching.sought_keys(members) if members else ()
    candidates = match_index.candidates(work, sought, own=cluster.head)
    return _judged(work, cluster, members, candidates), candidates


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
        concerned = {head: candidates[head] for head in _concerned(judged)}
        if apart := _different_from(work, own, concerned) - different:
            different |= apart
        elif pairs := _different_pairs(work, concerned, strangers):
            strangers |= pairs
        else:
            return judged


def _different_from(work: Work, own: Cluster | None, concerned: Mapping[str, Cluster]) -> set[str]:
    if own is None:
        return set()
    return {head for head, other in concerned.items() if same_party.declared_different(work, own, other)}


def _different_pairs(
    work: Work, concerned: Mapping[str, Cluster], known: Collection[frozenset[str]]
) -> set[frozenset[str]]:
    """Those of them that are not known yet."""
    return {
        frozenset((one, other))
        for one, other in combinations(concerned, 2)
        if frozenset((one, other)) not in known
        and same_party.declared_different(work, concerned[one], concerned[other])
    }


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
    asked = same_party.subjects(survivor, absorbed)
    merged = stewardship.merge(work, survivor.head, absorbed.head, cause)
    match_index.reindex(work, survivor.head, absorbed.head)
    work.close_reviews(asked)
    return merged


def _number(cluster: Cluster) -> str:
    return cluster.head


def forbids(work: Work, one: Cluster, other: Cluster) -> str:
    """What speaks against their being one customer, although their system says so; "" for nothing."""
    return next(iter(forbidden_by(work, one, other)), "")


def forbidden_by(work: Work, one: Cluster, other: Cluster) -> tuple[str, ...]:
    """All that does: a steward's word, and vetoes."""
    said = ("declared different",) if same_party.declared_different(work, one, other) else ()
    return said + work.setting.matching.vetoes(work.unit.members(one), work.unit.members(other))
