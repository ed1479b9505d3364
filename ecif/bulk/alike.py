"""Who is like whom among many records, found by Splink before any of them is placed.

It only finds: what becomes of two that are alike is decided when the later one is placed (`ecif.linking`), by
the rules and by whole parties, whoever found them. So a floor below which nothing is decided loses nothing.
"""

from collections import defaultdict
from collections.abc import Mapping

from ecif.bulk.splink_engine import Backend, Progress, pairs
from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.model import Key


def alike(
    model: CompiledModel, said: Mapping[Key, Values], backend: Backend, floor: float, progress: Progress
) -> dict[Key, tuple[Key, ...]]:
    """Record → those whose match weight with it, in bits, is at least `floor`."""
    progress(f"Pairs among {len(said)} records")
    keys = list(said)
    found: defaultdict[Key, list[Key]] = defaultdict(list)
    for a, b, _ in pairs(model, list(said.values()), backend, floor):
        found[keys[a]].append(keys[b])
        found[keys[b]].append(keys[a])
    progress(f"{len(found)} records are like another")
    return {key: tuple(sorted(others)) for key, others in found.items()}
