"""Which parties are found by which match keys.

Keys are worked out of a party's records by `ecif.matching`; a key that a crowd shares finds nobody any more.
"""

from collections.abc import Iterable

from ecif.cluster import Cluster
from ecif.work import Work


def index(work: Work, cluster: Cluster, keys: tuple[str, ...]) -> None:
    """It is found by these keys from now on; those that a crowd shares find nobody any more."""
    work.unit.matches.put(cluster.head, keys)
    work.unit.matches.load(keys)
    for key in keys:
        shared = len(work.unit.matches.index[key])  # one, where it is stopped already
        if shared > 2 and shared > work.setting.matching.largest(key):
            work.unit.matches.stop(key)


def candidates(work: Work, sought: Iterable[str], own: str = "") -> dict[str, Cluster]:
    """Parties that it may be, by number."""
    work.unit.matches.load(sought)
    heads = promising(work, sought) - {own}
    work.unit.load_heads(heads)
    return {head: work.unit.clusters[head] for head in sorted(heads) if head in work.unit.clusters}


def promising(work: Work, sought: Iterable[str]) -> set[str]:
    """Heads that are found by enough of these keys to be looked at. The keys are loaded."""
    return work.setting.matching.promising({key: work.unit.matches.sharing(key) for key in sought})


def keys_of(work: Work, cluster: Cluster) -> tuple[str, ...]:
    members = work.unit.members(cluster)
    return work.setting.matching.match_keys(members) if members else ()


def reindex(work: Work, *heads: str) -> None:
    """Rewrites the match keys of these heads, some of which may be merged now."""
    for head in heads:
        cluster = work.unit.clusters.get(head)
        work.unit.matches.put(head, keys_of(work, cluster) if cluster else ())


def holders(work: Work, document_type: str, document_no: str) -> list[Cluster]:
    """Parties that carry the document: by its match key, or to the letter where it proves nothing."""
    unit = work.unit
    heads = unit.load_document_holders(document_type, document_no)
    key = work.setting.matching.document_key(document_type, document_no)
    if key is not None:
        unit.matches.load([key])
        heads |= unit.carriers([key])
    return [unit.clusters[head] for head in sorted(heads) if head in unit.clusters]
