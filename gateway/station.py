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
from gateway.dialling import Dialler, Keeper, ShortRoute
from gateway.lines import Lines
from gateway.listening import Listener
from gateway.shared import Shared, System


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
        dialler: Dialler | None,
        delivery: Delivery | None = None,
    ) -> None:
        """`shared` is this station's own copy: it stops alone."""
        self.system, self._shared = system, shared
        self.listener, self._keepers, self._routes = listener, keepers, routes
        self._lines, self._dialler, self.delivery = lines, dialler, delivery
        self._stop, self._abort, self._shut = trio.Event(), trio.CancelScope(), trio.Event()

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
            self._shut.set()

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
                self._shut.set()
                self._finish()

    def drain(self, seconds: float) -> None:
        """Nothing new: no connection, no request, no push. What is under way has so long."""
        self._abort.deadline = min(self._abort.deadline, trio.current_time() + seconds)
        self._stop.set()

    async def give_way(self, successor: "Station", seconds: float) -> None:
        """Drain; the port, where it is the same one, is the successor's, and so are the pushes that are open.

        Nobody who dials meanwhile is refused: the port stays open, and waits.
        """
        sockets = self.listener.give_sockets() if self.listener and self.same_port(successor) else []
        self.drain(seconds)
        await self._shut.wait()
        if successor.listener is not None and sockets:
            successor.listener.take_sockets(sockets)
        if self.delivery is not None and successor.delivery is not None:
            successor.delivery.take_over(self.delivery)
            routes: tuple[ShortRoute | Lines, ...] = (*self._routes, *self._lines)
            for route in routes:
                route.lost = successor.delivery.lost

    def same_port(self, other: "Station") -> bool:
        mine, theirs = self.system.conf.listen, other.system.conf.listen
        return mine is not None and theirs is not None and mine.address == theirs.address

    def wants(self) -> bool:
        """Whether pushes can leave from here, so that another hub should not send them."""
        draining = self._stop.is_set()
        return (self.delivery is not None and self.delivery.wants()) or (
            not draining and any(keeper.wants() for keeper in self._keepers)
        )

    def lease_changed(self) -> None:
        """Delivery to this system is this hub's now, or no more."""
        for keeper in self._keepers:
            keeper.lease_changed()
        if self.delivery is not None:
            self.delivery.wake()

    def renew_certificates(self) -> None:
        """Those on disk count for every line from now on; lines that are up stay."""
        for part in (self.listener, self._dialler):
            if part is not None:
                part.renew_certificates()

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
