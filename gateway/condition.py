"""How the hub does, for an operator's terminal: what the running hub counts, and what only the store knows.

The hub may be silent while the store can be read, and the other way round: each half is there or is not.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from ecif import views
from ecif.leases import tenancies
from ecif.store.errors import StoreError
from ecif.store.reports import Backlog, Counts
from ecif.store.store import open_store
from gateway.config.schema import Conf
from ocrm_api.health.hub import HubSilent, ask_hub, quantile

_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class SystemCondition:
    name: str
    sessions: int = 0
    came: int = 0
    """Messages from it since the hub started."""
    pushed: int = 0
    """Messages of the hub's own to it."""
    refused: int = 0
    pending: int | None = None
    """Customers it has not confirmed; None while the store is silent."""
    oldest_seconds: float | None = None
    failed: int | None = None
    shadow: bool = False
    """Its pushes are made and shown, not sent: all of them wait."""
    holder: str | None = None
    """The hub that pushes leave from, where several share the database; "": none now."""


@dataclass(frozen=True)
class Condition:
    at: float
    """Seconds, monotonic: to make rates from two of them."""
    hub: str
    """ok, not ready or silent."""
    store: str
    """ok, or why not."""
    up_seconds: float = 0.0
    queued: int = 0
    messages_a_batch: float = 0.0
    ack_p99_ms: float = 0.0
    """An upper bound: of the bucket it falls in."""
    workers: tuple[int, int] | None = None
    """Where several hubs are on this machine: how many are ready, how many there should be."""
    parties: int | None = None
    reviews: int | None = None
    systems: list[SystemCondition] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.hub == self.store == "ok"


def look(conf: Conf) -> Condition:
    """Asks both once."""
    try:
        hub: Mapping[str, Any] | None = ask_hub(conf.hub.run.socket, _PATIENCE_SECONDS)
    except HubSilent:
        hub = None
    try:
        with closing(open_store(conf.hub.database.url)) as store:
            counts, backlog = views.counts(store), views.backlog(store, conf.systems)
            holders = {each.system: each.holder for each in tenancies(store)}
            said = "ok"
    except StoreError as error:
        counts, backlog, holders, said = None, {}, {}, str(error)
    return Condition(
        at=time.monotonic(),
        hub="silent" if hub is None else "ok" if hub["ready"] else "not ready",
        store=said,
        parties=counts.parties if counts else None,
        reviews=counts.review_tasks if counts else None,
        systems=[
            _system(name, hub or {}, counts, backlog.get(name), holders.get(name), conf)
            for name in conf.systems
        ],
        **_of_hub(hub),
    )


def _of_hub(hub: Mapping[str, Any] | None) -> dict[str, Any]:
    if hub is None:
        return {}
    batches, workers = hub["batch_messages"], hub.get("workers")
    return {
        "workers": (sum(one["ready"] for one in workers), len(workers)) if workers else None,
        "up_seconds": time.time() - hub["started"],
        "queued": hub["intake"]["queued"],
        "messages_a_batch": batches["sum"] / batches["count"] if batches["count"] else 0.0,
        "ack_p99_ms": 1000 * quantile(hub["ack_seconds"]["buckets"], 0.99),
    }


def _system(
    name: str,
    hub: Mapping[str, Any],
    counts: Counts | None,
    waits: Backlog | None,
    holder: str | None,
    conf: Conf,
) -> SystemCondition:
    delivery = conf.systems[name].delivery
    messages = [row for row in hub.get("messages", ()) if row[0] == name]
    oldest = waits.oldest if waits else None
    return SystemCondition(
        name,
        sessions=hub.get("sessions", {}).get(name, 0),
        came=sum(row[-1] for row in messages if row[1] == "in"),
        pushed=sum(row[-1] for row in messages if row[1] == "out"),
        refused=sum(row[-1] for row in hub.get("refused", ()) if row[0] == name),
        pending=waits.pending if waits else None,
        oldest_seconds=max(0.0, time.time() - oldest / 1e6) if oldest else None,
        failed=counts.failed.get(name, 0) if counts else None,
        shadow=delivery is not None and delivery.shadow,
        holder=holder,
    )
