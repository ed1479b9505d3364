"""Prometheus metrics, made when asked: counters from the hub's statistics, counts from the store.

Nothing is kept between scrapes, so a restart of this process loses nothing. Where the hub is silent its
families are left out and `ecif_hub_up` says 0; where the store is, likewise `ecif_store_up`.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

Statistics = Mapping[str, Any]
_PROCESS: Mapping[str, str] = {
    "resident_bytes": "Memory of the gateway process, all workers together",
    "descriptors": "Its open files and sockets",
    "tasks": "Its trio tasks",
}
_WORKER: Sequence[tuple[str, str, str]] = (
    ("ready", "ready", "Whether this worker takes messages"),
    ("sessions", "sessions", "Its open connections"),
    ("resident_bytes", "resident_bytes", "Memory of its gateway process"),
)


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """What only the database knows, by system where it is a mapping."""

    pending: Mapping[str, int]
    """Customers whose push is due or unanswered."""
    oldest_seconds: Mapping[str, float]
    """Age of the oldest of them."""
    failed: Mapping[str, int]
    """Messages set aside."""
    reviews: int
    parties: int
    log_bytes: int = 0
    """Of SQLite's write-ahead log: it grows while somebody reads on and on."""


def exposition(hub: Statistics | None, store: StoreCounts | None, certificates: Mapping[str, Path]) -> bytes:
    """The text Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(_Scrape(hub, store, certificates))
    return generate_latest(registry)


class _Scrape(Collector):
    def __init__(
        self, hub: Statistics | None, store: StoreCounts | None, certificates: Mapping[str, Path]
    ) -> None:
        self._hub, self._store, self._certificates = hub, store, certificates

    def collect(self) -> Iterator[Metric]:
        yield _gauge("ecif_hub_up", "Whether the hub answers", self._hub is not None)
        yield _gauge("ecif_store_up", "Whether the store answers", self._store is not None)
        if self._hub is not None:
            yield from _hub_families(self._hub)
        if self._store is not None:
            yield from _store_families(self._store)
        yield _expiries(self._certificates)


def _hub_families(hub: Statistics) -> Iterator[Metric]:
    yield _counter(
        "ecif_messages", "Messages in and out", ("system", "direction", "type", "outcome"), hub["messages"]
    )
    yield _counter("ecif_refused", "Refused messages by reply code", ("system", "code"), hub["refused"])
    yield _counter("ecif_lines", "Connections by how they ended", ("system", "what"), hub["lines"])
    yield _counter(
        "ecif_met", "Line faults answered to pushes, replies to nothing, batches decided anew", ("what",),
        hub["met"].items(),
    )  # fmt: skip
    yield _gauges("ecif_sessions", "Open connections", hub["sessions"])
    shadows = {name: delivery.get("shadow", 0) for name, delivery in hub.get("delivery", {}).items()}
    yield _gauges("ecif_shadow", "Pushes are made and shown, not sent", shadows)
    leases = hub.get("leases", {})
    here = {system: float(lease["here"]) for system, lease in leases.items()}
    yield _gauges("ecif_lease_held", "Whether pushes to the system leave from this hub", here)
    tokens = {system: float(lease["token"]) for system, lease in leases.items()}
    yield _gauges("ecif_lease_token", "Rises whenever another hub takes over", tokens)
    yield _histogram("ecif_ack_seconds", "From a message's arrival to its reply", hub["ack_seconds"])
    yield _histogram("ecif_batch_messages", "Messages a transaction", hub["batch_messages"])
    yield from _worker_families(hub.get("workers", ()))
    yield from _process_families(hub.get("process", {}), hub.get("intake", {}))


def _worker_families(workers: Sequence[Statistics]) -> Iterator[Metric]:
    """Of several hubs on this machine: all other families are their sums."""
    if not workers:
        return
    for key, name, told in _WORKER:
        values = {str(one["worker"]): float(one[key]) for one in workers}
        yield _gauges(f"ecif_worker_{name}", told, values, label="worker")
    restarts = [(one["worker"], one["restarts"]) for one in workers]
    yield _counter("ecif_worker_restarts", "How often it was started again", ("worker",), restarts)


def _process_families(process: Mapping[str, int], intake: Mapping[str, int]) -> Iterator[Metric]:
    for name, told in _PROCESS.items():
        yield _gauge(f"ecif_process_{name}", told, process.get(name, 0))
    dropped = process.get("log_lines_dropped", 0)
    yield _counter("ecif_log_lines_dropped", "Log lines that could not leave", (), [(dropped,)])
    turned_away = "Whether messages are turned away for want of memory"
    yield _gauge("ecif_shedding", turned_away, intake.get("shedding", 0))


def _store_families(store: StoreCounts) -> Iterator[Metric]:
    yield _gauges("ecif_sync_pending", "Customers not yet confirmed by the system", store.pending)
    yield _gauges("ecif_sync_oldest_seconds", "Age of the oldest of them", store.oldest_seconds)
    yield _gauges("ecif_failed_messages", "Messages set aside", store.failed)
    yield _gauge("ecif_review_tasks", "Questions open for a steward", store.reviews)
    yield _gauge("ecif_parties", "Customers", store.parties)
    yield _gauge("ecif_database_log_bytes", "SQLite's write-ahead log", store.log_bytes)


def _expiries(certificates: Mapping[str, Path]) -> Metric:
    found = {name: _seconds_left(path) for name, path in certificates.items()}
    known = {name: seconds for name, seconds in found.items() if seconds is not None}
    return _gauges("ecif_certificate_expiry_seconds", "Until the certificate expires", known, label="name")


def _seconds_left(path: Path) -> float | None:
    """Of a certificate, or of a revocation list."""
    try:
        data = path.read_bytes()
        if b"BEGIN X509 CRL" in data:
            end = x509.load_pem_x509_crl(data).next_update_utc
        else:
            end = x509.load_pem_x509_certificate(data).not_valid_after_utc
    except (OSError, ValueError):
        return None
    return None if end is None else end.timestamp() - time.time()


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=float(value))


def _gauges(name: str, help: str, values: Mapping[str, float], *, label: str = "system") -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _counter(name: str, help: str, labels: Iterable[str], rows: Iterable[Sequence[Any]]) -> Metric:
    """Rows are [label, …, count]."""
    family = CounterMetricFamily(name, help, labels=list(labels))
    for *values, count in rows:
        family.add_metric([str(value) for value in values], count)
    return family


def _histogram(name: str, help: str, figures: Mapping[str, Any]) -> Metric:
    family = HistogramMetricFamily(name, help)
    buckets = [(str(bound), count) for bound, count in figures["buckets"]]
    family.add_metric([], buckets, figures["sum"])
    return family
