"""Searching as the application uses it: index, finder and cursors, each opened when it is first needed."""

import secrets
import threading
from collections.abc import Collection
from hashlib import sha256
from typing import Literal

from ecif.store.errors import Collided
from ocrm_api.access import store as access
from ocrm_api.cursors import Cursors
from ocrm_api.database import Database
from ocrm_api.search.finder import Finder
from ocrm_api.search.follower import Follower
from ocrm_api.search.opening import open_index
from ocrm_api.search.store import BUILT, IndexStore, state_of
from ocrm_api.source import Source

_SECRET = "cursors"


class SearchDesk:
    """Every method raises a StoreError while the databases cannot be used."""

    def __init__(self, url: str, source: Source, own: Database, systems: Collection[str]) -> None:
        self._url, self._source, self._own, self._systems = url, source, own, tuple(systems)
        self._index: IndexStore | None = None
        self._finder: Finder | None = None
        self._cursors: Cursors | None = None
        self._follower: Follower | None = None
        self._lock = threading.Lock()

    def index(self) -> IndexStore:
        with self._lock:
            if self._index is None:
                self._index = open_index(self._url)
            return self._index

    def finder(self) -> Finder:
        if self._finder is None:
            matching = self._source.setting().matching if self._source.lent else None
            self._finder = Finder(self._source.store(), self.index(), self._systems, matching)
        return self._finder

    def follower(self) -> Follower:
        """One: it remembers what it has read."""
        if self._follower is None:
            self._follower = Follower(self._source.store(), self.index())
        return self._follower

    def state(self) -> Literal["complete", "building"]:
        with self.index().reading() as connection:
            state = state_of(connection)
        return "complete" if state is not None and state.built_to == BUILT else "building"

    def cursors(self) -> Cursors:
        """Under a key of the installation's own: another process must be able to go on with a list."""
        if self._cursors is None:
            self._cursors = Cursors(sha256(self._secret().encode()).digest())
        return self._cursors

    def _secret(self) -> str:
        found = self._kept()
        if found is None:
            try:
                with self._own.writing() as connection:
                    access.add_secret(connection, _SECRET, secrets.token_urlsafe(32))
            except Collided:
                pass  # another process made it meanwhile
            found = self._kept()
        assert found is not None
        return found

    def _kept(self) -> str | None:
        with self._own.reading() as connection:
            return access.secret(connection, _SECRET)

    def close(self) -> None:
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
            self._finder = self._follower = None
