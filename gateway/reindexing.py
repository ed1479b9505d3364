"""All match keys written anew, a portion of the parties a transaction, beside a running hub."""

from collections.abc import Callable, Sequence
from functools import partial

from ecif.reindexing import Reindexed
from ecif.service import Service
from ecif.store import reports
from ecif.store.store import Store
from gateway.bootstrap import build_service, load_dialects
from gateway.clock import wall_clock
from gateway.config.schema import Conf
from gateway.replaying import patiently

PORTION = 500


def reindex_all(
    conf: Conf, store: Store, *, progress: Callable[[int, int], None] = lambda done, of: None
) -> Reindexed:
    """`progress` hears how many parties are done, and of how many."""
    service = build_service(conf, store, load_dialects(conf))
    with store.reading() as connection:
        total = reports.count_heads(connection)
    patiently(store.forget_stop_keys)
    found, after = Reindexed(), ""
    while True:
        with store.reading() as connection:
            heads = reports.heads_after(connection, after, PORTION)
        if not heads:
            return found
        found += patiently(partial(_portion, service, heads))
        after = heads[-1]
        progress(found.parties, total)


def _portion(service: Service, heads: Sequence[str]) -> Reindexed:
    return service.reindex(heads, wall_clock())
