"""Match keys written anew: parties stored before conf or the match model changed are found by the old ones.

A party's keys are a function of its records and of conf, so nothing is decided here: each party gets the keys
that it would get if it were looked at today. Parties that the new keys bring together are not compared at
once, but when either of them learns something, or another one like them comes.

Stop keys are forgotten first, since a larger cap may find people again; those that a crowd still shares are
stopped again on the way. Steps of one transaction each, beside a running hub. Interrupted it is run again.
"""

from collections.abc import Sequence

import msgspec

from ecif.match_index import index, keys_of
from ecif.work import Work


class Reindexed(msgspec.Struct, frozen=True):
    parties: int = 0
    changed: int = 0
    """Of them, those that are found by other keys now."""

    def __add__(self, other: "Reindexed") -> "Reindexed":
        return Reindexed(self.parties + other.parties, self.changed + other.changed)


def renew(work: Work, heads: Sequence[str]) -> Reindexed:
    """Of these parties; who was merged away meanwhile is passed over."""
    unit = work.unit
    unit.load_heads(heads)
    clusters = [unit.clusters[head] for head in heads if head in unit.clusters]
    unit.load_members(clusters)
    keys = {cluster.head: keys_of(work, cluster) for cluster in clusters}
    unit.matches.load({key for one in keys.values() for key in one})
    changed = 0
    for cluster in clusters:
        found = keys[cluster.head]
        missing = [key for key in found if cluster.head not in unit.matches.index[key]]
        changed += bool(missing) or unit.matches.of(cluster.head) != found
        unit.matches.miss(cluster.head, missing)
        index(work, cluster, found)
    return Reindexed(len(clusters), changed)
