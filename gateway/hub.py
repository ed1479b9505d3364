"""The running hub: every task, in the order they start, and the reverse in which they stop.

    delivery, intake, statistics        the outermost: must outlive every connection
      sessions                          connections, listened and dialled
        listeners                       the innermost: the first to stop

SIGTERM: the listeners close, connections stop reading, what was taken in is committed and answered, pushes
taken are sent; at the latest after `drain_seconds` the rest is cut. That is safe at any moment: what was
answered is committed, what was not is sent again by its sender.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
import trio

from gateway.config.hub import Run
from gateway.delivery import Delivery
from gateway.dialling import Keeper, ShortRoute
from gateway.lines import Lines
from gateway.listening import Listener
from gateway.shared import Shared
from gateway.statistics import serve_statistics

log = structlog.get_logger("hub")


class Stops(Protocol):
    def stop(self) -> None: ...


class Hub:
    """Built by `gateway.bootstrap`; `run` once."""

    def __init__(
        self,
        *,
        run: Run,
        shared: Shared,
        listeners: Sequence[Listener],
        keepers: Sequence[Keeper],
        routes: Sequence[ShortRoute],
        lines: Sequence[Lines],
        deliveries: Mapping[str, Delivery],
        met: Mapping[str, int],
    ) -> None:
        """`met`: what the customer half counts as it goes (line faults, unmatched replies, …)."""
        self._run, self._shared = run, shared
        self.intake, self.counters = shared.intake, shared.counters
        self.listeners, self._keepers, self._routes = listeners, keepers, routes
        self._lines, self._deliveries, self._met = lines, deliveries, met
        self._stop, self._abort = trio.Event(), trio.CancelScope()
        self._ready = False

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until stopped. CannotListen, CannotServe: nothing was begun."""
        try:
            for listener in self.listeners:
                await listener.open()
            with self._abort:
                await self._serve(task_status)
        finally:
            self._close()
        log.info("hub.stopped")

    async def _serve(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as watch:
            await watch.start(serve_statistics, self._run.socket, self.statistics)
            async with trio.open_nursery() as commits:
                commits.start_soon(self.intake.run)
                async with trio.open_nursery() as delivery:
                    for system in self._deliveries.values():
                        delivery.start_soon(system.run)
                    for route in self._routes:
                        delivery.start_soon(route.run)
                    async with trio.open_nursery() as sessions:
                        for keeper in self._keepers:
                            sessions.start_soon(keeper.run)
                        async with trio.open_nursery() as listeners:
                            for listener in self.listeners:
                                listeners.start_soon(listener.run, sessions)
                            log.info("hub.started", ports=self.ports)
                            self._ready = True
                            task_status.started()
                            await self._stop.wait()
                            listeners.cancel_scope.cancel()
                        self._drain()
                self.intake.close()
            watch.cancel_scope.cancel()

    def _drain(self) -> None:
        """Nothing new: no connection, no request, no push. What is under way has until the deadline."""
        log.info("hub.draining", seconds=self._run.drain_seconds)
        self._abort.deadline = trio.current_time() + self._run.drain_seconds
        for listener in self.listeners:
            listener.close()
        outward: tuple[Stops, ...] = (*self._deliveries.values(), *self._routes, *self._keepers)
        for part in outward:
            part.stop()
        self._shared.stop()
        for line in [line for lines in self._lines for line in lines]:
            line.finish("stopping")

    def stop(self) -> None:
        """Drain and end; said a second time, end at once."""
        if self._stop.is_set():
            self._abort.cancel()
        self._stop.set()

    @property
    def ports(self) -> dict[str, int]:
        """System → the port it can dial."""
        return {listener.name: listener.port for listener in self.listeners}

    def _close(self) -> None:
        for listener in self.listeners:
            listener.close()

    def statistics(self) -> dict[str, Any]:
        """Everything that counts or waits, for health and metrics."""
        return {
            **self.counters.statistics(),
            "intake": self.intake.statistics(),
            "delivery": {name: each.statistics() for name, each in self._deliveries.items()},
            "met": dict(self._met),
            "ready": self._ready and not self._stop.is_set(),
            "listening": self.ports,
        }
