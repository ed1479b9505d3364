"""The store as this process reads it: opened by the first request that needs it, again after it was away."""

import threading
import time

from ecif import views
from ecif.store.store import Store, open_store
from ocrm_api.health.metrics import StoreCounts


class Source:
    """Every method raises a StoreError while the store cannot be read."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def check(self) -> None:
        """Whether the store can be read now."""
        views.party(self._opened(), "")

    def party(self, ecif_no: str) -> views.PartyView | None:
        return views.party(self._opened(), ecif_no)

    def counts(self, systems: tuple[str, ...]) -> StoreCounts:
        store = self._opened()
        counted, backlog = views.counts(store), views.backlog(store, systems)
        now = time.time()
        return StoreCounts(
            pending={system: one.pending for system, one in backlog.items()},
            oldest_seconds={
                system: 0.0 if one.oldest is None else max(0.0, now - one.oldest / 1_000_000)
                for system, one in backlog.items()
            },
            failed={system: counted.failed.get(system, 0) for system in systems},
            reviews=counted.review_tasks,
            parties=counted.parties,
        )

    def _opened(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = open_store(self._url)
            return self._store
