"""What came up lately, so that it need not be worked out again.

Two generations: when the young one is full it becomes the old one, and what the old one held and nobody asked
for since is forgotten. So what came last is always here, however large a batch, and at most twice `size` is,
or two batches.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}  # in one step each: other threads may be reading
        self._young[key] = value

    def put_all(self, found: Mapping[K, V]) -> None:
        if len(self._young) + len(found) > self._size:
            self._old, self._young = self._young, {}
        self._young.update(found)
