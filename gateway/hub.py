"""The running hub: every task, in the order they start, and the reverse in which they stop.

    statistics, intake     the outermost: must outlive every connection
      stations             one a system: its port, its lines, its pushes (gateway.station)

SIGTERM drains the stations; at the latest after `drain_seconds` the rest is cut.
"""

import time
from collections.abc import Mapping
from typing import Any

import structlog
import trio

from gateway.config.hub import Run
from gateway.control import Order, serve_control
from gateway.local import OpensLocal, open_socket
from gateway.memory import watch_memory
from gateway.pausing import Pauses
from gateway.station import Station
from gateway.stations import Stations
from gateway.statistics import serve_statistics
from gateway.telemetry.rates import Rates
from gateway.telemetry.vitals import vitals

log = structlog.get_logger("hub")

GIVE_UP_SECONDS = 2.0
"""For telling the other hubs that they may deliver; they find out by themselves, only later."""


class Hub:
    """Built by `gateway.bootstrap`; `run` once."""

    def __init__(
        self, *, run: Run, stations: Stations, met: Mapping[str, int], open_local: OpensLocal = open_socket
    ) -> None:
        """`met`: what the customer half counts as it goes (line faults, unmatched replies, …)."""
        self._open_local = open_local
        self._run, self.intake, self.counters = run, stations.intake, stations.counters
        self.stations, self._met = stations, met
        self._running: trio.Nursery | None = None
        self._rates = Rates(stations.counters, time.time)
        self._pauses = Pauses(run.pauses)
        self._stop, self._abort = trio.Event(), trio.CancelScope()
        self._ready = False

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until stopped. CannotListen, CannotServe: nothing was begun."""
        try:
            for station in self.stations.running.values():
                await station.open()
            with self._abort:
                await self._serve(task_status)
        finally:
            for station in self.stations.running.values():
                station.close()
            with trio.move_on_after(GIVE_UP_SECONDS, shield=True):
                await self.stations.leasing.give_up()
        log.info("hub.stopped")

    async def _serve(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as watch:
            await watch.start(serve_statistics, self._run.socket, self.statistics, self._open_local)
            await watch.start(serve_control, self._run.control, self._follow, self._open_local)
            self._pauses.read()  # orders are heard from now on: none can be missed
            watch.start_soon(self._rates.run)
            watch.start_soon(watch_memory, self.intake.shed)
            async with trio.open_nursery() as commits:
                commits.start_soon(self.intake.run)
                commits.start_soon(self.stations.leasing.run)
                async with trio.open_nursery() as self._running:
                    for station in self.stations.running.values():
                        self.start(station)
                    log.info("hub.started", ports=self.ports)
                    self._ready = True
                    task_status.started()
                    await self._stop.wait()
                    self._drain()
                self.stations.leasing.stop()
                self.intake.close()
            watch.cancel_scope.cancel()

    def _drain(self) -> None:
        seconds = self._run.drain_seconds
        log.info("hub.draining", seconds=seconds)
        self._abort.deadline = trio.current_time() + seconds
        for station in self.stations.running.values():
            station.drain(seconds)

    def _follow(self, order: Order) -> Mapping[str, Any]:
        system = self._pauses.follow(order, self.stations.running)
        self._pause(self.stations.running[system])
        return {"paused": sorted(self._pauses.paused)}

    def _pause(self, station: Station) -> None:
        if station.delivery is not None:
            station.delivery.paused = station.system.name in self._pauses.paused
            station.delivery.wake()

    def start(self, station: Station) -> None:
        """One whose port is open. A hub that is stopping starts nothing."""
        assert self._running is not None
        self._pause(station)
        if self._stop.is_set():
            station.close()
        else:
            self._running.start_soon(station.run)

    def stop(self) -> None:
        """Drain and end; said a second time, end at once."""
        if self._stop.is_set():
            self._abort.cancel()
        self._stop.set()

    @property
    def ports(self) -> dict[str, int]:
        """System → the port it can dial."""
        listeners = {name: station.listener for name, station in self.stations.running.items()}
        return {name: listener.port for name, listener in listeners.items() if listener is not None}

    def _is_cut_off(self) -> bool:
        """From the database."""
        return self.intake.away or self.stations.leasing.late

    def statistics(self) -> dict[str, Any]:
        """Everything that counts or waits, for health and metrics."""
        deliveries = {name: station.delivery for name, station in self.stations.running.items()}
        return {
            **self.counters.statistics(),
            "intake": self.intake.statistics(),
            "delivery": {name: each.statistics() for name, each in deliveries.items() if each is not None},
            "met": dict(self._met),
            "rates": self._rates.rows(),
            "leases": self.stations.leasing.statistics(),
            "ready": self._ready and not self._stop.is_set() and not self._is_cut_off(),
            "listening": self.ports,
            "process": vitals(),
        }
