"""The fault proxy beside a test that has no event loop: the same object, in a thread of its own.

with faulty(port) as wire:
    line = CoreLine(wire.port)
    wire.tell("half-open")
"""

import contextlib
import queue
import threading
from collections.abc import Iterator

import trio

from gateway.faultproxy.orders import follow
from gateway.faultproxy.proxy import Proxy


class FaultyWire:
    """Orders as `ecif proxy` takes them; each is done when `tell` returns."""

    def __init__(self, to_port: int) -> None:
        self.proxy, self.port = Proxy("127.0.0.1", to_port), 0
        self._ready, self._end = threading.Event(), trio.Event()
        self._thread = threading.Thread(target=trio.run, args=(self._run,), daemon=True)
        self._thread.start()
        assert self._ready.wait(30), "the proxy did not start"

    async def _run(self) -> None:
        async with trio.open_nursery() as tasks:
            self._token = trio.lowlevel.current_trio_token()
            self.port = await tasks.start(self.proxy.run)
            self._ready.set()
            await self._end.wait()
            tasks.cancel_scope.cancel()

    def tell(self, order: str) -> None:
        done: queue.SimpleQueue[None] = queue.SimpleQueue()

        def obey() -> None:
            follow(self.proxy, order)
            done.put(None)

        self._token.run_sync_soon(obey)
        done.get(timeout=30)

    def close(self) -> None:
        self._token.run_sync_soon(self._end.set)
        self._thread.join(30)


@contextlib.contextmanager
def faulty(to_port: int) -> Iterator[FaultyWire]:
    """A proxy before this port of this machine."""
    wire = FaultyWire(to_port)
    try:
        yield wire
    finally:
        wire.close()
