"""Whose turn in the store it is."""

from collections.abc import Callable
from typing import Any, TypeVar

import trio

from ecif.store.errors import StoreUnreachable

T = TypeVar("T")


class Writer:
    """One transaction at a time: intake and delivery take turns, in the order they asked.

    What follows from a transaction is done in the event loop before what follows from the next: replies are
    queued before delivery can take the pushes they caused. A turn that has said `stored` lets the next one's
    transaction begin meanwhile, so that the store need not wait for replies to be written.
    """

    def __init__(self, *, inline: bool = False) -> None:
        self._turn, self._telling = trio.StrictFIFOLock(), trio.StrictFIFOLock()
        self._thread = trio.CapacityLimiter(1)
        self._inline = inline
        """Deterministic tests run the store in the event loop: mock clocks and threads do not agree."""
        self.unreachable: Callable[[], None] = lambda: None
        """Called whenever the database cannot be reached, whoever asked it."""

    async def __aenter__(self) -> None:
        await self._turn.acquire()

    async def __aexit__(self, *_: object) -> None:
        task = trio.lowlevel.current_task()
        for lock in (self._turn, self._telling):
            if lock.statistics().owner is task:
                lock.release()

    async def stored(self) -> None:
        """The transaction is over, what follows from it is not."""
        await self._telling.acquire()
        self._turn.release()
        for _ in range(3):  # who waited for the turn is woken, and has begun when this goes on
            await trio.lowlevel.checkpoint()

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it in the worker thread. A call once begun ends, also when this task is cancelled."""
        try:
            if self._inline:
                await trio.lowlevel.checkpoint()
                return function(*arguments)
            return await trio.to_thread.run_sync(function, *arguments, limiter=self._thread)
        except StoreUnreachable:
            self.unreachable()
            raise
