"""One system in the running hub: its port, its lines, its pushes. Started, drained and replaced as one.

    delivery, short connections for pushes     the outermost
      sessions                                 connections, listened and dialled
        listener                               the innermost: the first to stop

Draining: the port closes, connections stop reading, what was taken in is answered, pushes taken are sent; the
rest is cut at the deadline. That is safe at any moment: what was answered is committed, what was not is sent
again by its sender.
"""

from collections.abc import Sequence
from typing import Protocol

import trio

from gateway.delivery import Delivery
from gateway.dialling import Keeper, ShortRoute
from gateway.lines import Lines
from gateway.listening import Listener
from gateway.shared import Shared, System
from gateway.sockets import SocketListener


class Stops(Protocol):
    def stop(self) -> None: ...


class Station:
    """Built by `gateway.bootstrap`; `open` and `run` once."""

    def __init__(
        self,
        system: System,
        shared: Shared,
        *,
        listener: Listener | None,
        keepers: Sequence[Keeper],
        routes: Sequence[ShortRoute],
        lines: Sequence[Lines],
        delivery: Delivery | None,
    ) -> None:
        """`shared` is this station's own copy: it stops alone."""
        self.system, self._shared = system, shared
        self.listener, self._keepers, self._routes = listener, keepers, routes
        self._lines, self.delivery = lines, delivery
        self._stop, self._abort, self._ended = trio.Event(), trio.CancelScope(), trio.Event()

    def __repr__(self) -> str:
        return f"<Station {self.system.name}>"

    async def open(self) -> None:
        """CannotListen: the port cannot be had."""
        if self.listener is not None:
            await self.listener.open()

    async def run(self) -> None:
        """Serve until drained or cancelled."""
        try:
            with self._abort:
                await self._serve()
        finally:
            self.close()
            self._ended.set()

    async def _serve(self) -> None:
        async with trio.open_nursery() as delivery:
            if self.delivery is not None:
                delivery.start_soon(self.delivery.run)
            for route in self._routes:
                delivery.start_soon(route.run)
            async with trio.open_nursery() as sessions:
                for keeper in self._keepers:
                    sessions.start_soon(keeper.run)
                async with trio.open_nursery() as listening:
                    if self.listener is not None:
                        listening.start_soon(self.listener.run, sessions)
                    await self._stop.wait()
                    listening.cancel_scope.cancel()
                self._finish()

    def drain(self, seconds: float) -> None:
        """Nothing new: no connection, no request, no push. What is under way has so long."""
        self._abort.deadline = min(self._abort.deadline, trio.current_time() + seconds)
        self._stop.set()

    def abort(self) -> None:
        self._abort.cancel()

    async def ended(self) -> None:
        await self._ended.wait()

    def _finish(self) -> None:
        self.close()
        outward: tuple[Stops, ...] = (*self._routes, *self._keepers)
        if self.delivery is not None:
            outward = (self.delivery, *outward)
        for part in outward:
            part.stop()
        self._shared.stop()
        for line in [line for lines in self._lines for line in lines]:
            line.finish("stopping")

    def close(self) -> None:
        """The port."""
        if self.listener is not None:
            self.listener.close()

    def give_sockets(self) -> list[SocketListener]:
        """The open port, for whoever takes this station's place: nobody who dials meanwhile is refused."""
        return self.listener.give_sockets() if self.listener is not None else []
