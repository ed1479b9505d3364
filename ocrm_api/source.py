"""The store as this process reads and changes it: opened by the first request that needs it, again after it
was away."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from ecif import views
from ecif.service import Service
from ecif.setting import Setting
from ecif.store.errors import Crossed, StoreLocked
from ecif.store.store import Store, open_store
from ocrm_api.bank import Bank
from ocrm_api.health.metrics import StoreCounts

_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
"""The hub at work may hold the database for a moment."""
T = TypeVar("T")


class Source:
    """Every method raises a StoreError while the store cannot be read."""

    def __init__(self, url: str, bank: Bank | None = None, numbers: Path | None = None) -> None:
        self._url, self._bank, self._numbers = url, bank, numbers
        self._store: Store | None = None
        self._service: Service | None = None
        self._lock = threading.Lock()
        self._acting = threading.Lock()

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = self._service = None

    def store(self) -> Store:
        """To read from."""
        return self._opened()

    def act(self, do: Callable[[Service], T]) -> T:
        """One use case at a time, tried again while another process writes. Not without a bank."""
        with self._acting:
            service = self._serving()
            for pause in _PAUSES:
                try:
                    return do(service)
                except (StoreLocked, Crossed):
                    time.sleep(pause)
            return do(service)

    def _serving(self) -> Service:
        store = self._opened()
        if self._service is None:
            assert self._bank is not None
            self._service = self._bank.service(store)
        return self._service

    def setting(self) -> Setting:
        """What conf decides about the customer half, for reads that need it. Not without a bank."""
        with self._acting:
            return self._serving().setting

    @property
    def lent(self) -> bool:
        """Whether there is a bank: without one nothing can be decided here."""
        return self._bank is not None

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
            log_bytes=store.log_bytes,
        )

    def _opened(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = open_store(self._url, reserve=self._numbers)
            return self._store
