"""One run: a bank's day under one seed, faults until the last message is answered, then calm, then the books.

day       every system's clerks work; network, store, hub and peers fail as drawn
calm      nothing fails any more; everything must end within BOUND_SECONDS
quiet     nobody says anything new for a while: no push may leave
stop      the hub drains; no connection, no task, nothing held is left
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import trio
from trio._core import _run as trio_run
from trio.testing import MockClock

from ecif.store.reports import Backlog, backlog
from gateway.config.schema import Conf
from gateway.intake.intake import Intake
from gateway.peers.population import Population, make_population
from tests.databases import fresh

from .bank import conf_of, owners
from .chance import Chance
from .faults import ALL, Fault
from .invariants import canaries, examine, plain_store, what_is_left
from .machine import HubMachine, Wall
from .network import Network
from .peers import Habits, SimulatedPeer, simulated_peer, work
from .storage import Disk
from .trace import Trace
from .weather import STORMY, Weather

BOUND_SECONDS = 900.0
"""Within this, of mock time, all systems hold the same once faults have stopped: twice the longest pause
between two tries, and the silence after which a dead line is found."""
QUIET_SECONDS = 400.0
"""More than the longest pause between two tries."""


@dataclass(frozen=True)
class Plan:
    """How large and how bad."""

    systems: tuple[str, ...] = ("core", "loan", "ebank", "card", "wealth", "teller")
    customers: int = 6
    pause_seconds: float = 1.0
    """Between two steps of one system's clerks."""
    weather: Weather = STORMY
    crashes: float = 15.0
    """Mean seconds between two crashes of the hub."""
    outages: float = 20.0
    """Of one of the systems."""
    troubles: float = 7.0
    """Of the store."""
    clock_steps: float = 40.0
    """Of the hub's wall clock."""
    lost_commits: float = 0.05
    mishaps: float = 0.1
    faults: tuple[Fault, ...] = ALL
    lines: int = 2
    """That a system keeps, where it dials and keeps lines."""
    push_seconds: Mapping[str, float] = field(default_factory=dict)
    """What a system needs for a push, where that is long."""
    intake_class: type[Intake] = Intake


@dataclass
class Outcome:
    seed: int
    trace: Trace
    findings: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    milliseconds: Mapping[str, list[float]] = field(default_factory=dict)
    """System → from each message that was sent once to its answer."""

    def waits(self, *, but: str) -> list[float]:
        return [each for name, waited in self.milliseconds.items() if name != but for each in waited]

    @property
    def digest(self) -> str:
        return self.trace.digest


class Scenario:
    def __init__(self, seed: int, plan: Plan, conf: Conf, database: Path) -> None:
        self.seed, self.plan, self.conf, self.database = seed, plan, conf, database
        self.chance, self.trace, self.wall, self.hub_wall = Chance(seed), Trace(), Wall(), Wall()
        self.network = Network(self.chance, self.trace, owners(conf), plan.weather)
        self.disk = Disk(self.chance.of("disk"), self.trace)
        self.disk.lost_commits = plan.lost_commits
        self.machine = HubMachine(
            conf, database, self.network, self.disk, self.chance, self.trace, self.hub_wall, plan.intake_class
        )
        self.day = self.settled = math.inf
        """Seconds that it took; seconds after it."""
        self.peers = {name: self._peer(name) for name in conf.systems}
        self.population: Population = make_population(plan.customers, seed, list(conf.systems))

    def _peer(self, name: str) -> SimulatedPeer:
        habits = Habits(self.plan.mishaps, self.plan.lines, self.plan.push_seconds.get(name, 0.0))
        return simulated_peer(self.conf, name, self.network, self.chance, self.wall, self.hub_wall, habits)

    async def run(self) -> list[str]:
        async with trio.open_nursery() as everything:
            everything.start_soon(self.machine.run)
            async with trio.open_nursery() as peers:
                for peer in self.peers.values():
                    await peers.start(peer.run)
                await self._day()
                found = await self._calm()
                peers.cancel_scope.cancel()
            return found + await self._stop()

    def numbers(self) -> dict[str, Any]:
        sent = sum(peer.tally.sent for peer in self.peers.values())
        pushed = sum(peer.tally.pushed for peer in self.peers.values())
        told = {"sent": sent, "pushed": pushed, "hubs": self.machine.starts, "day": self.day}
        return told | {"settled": self.settled, "lines": len(self.trace.lines)}

    def set_clock(self, seconds: float) -> None:
        """The hub's, so far off."""
        self.trace.fault("clock set", f"{seconds:+.1f} s")
        self.hub_wall.set(seconds)

    async def _day(self) -> None:
        async with trio.open_nursery() as faults:
            for fault in self.plan.faults:
                faults.start_soon(fault, self, self.chance.of(fault.__name__))
            async with trio.open_nursery() as clerks:
                for name, peer in self.peers.items():
                    steps = list(self.population.scripts[name])
                    rng = self.chance.of(f"{name}/pauses")
                    clerks.start_soon(work, peer, steps, rng, self.plan.pause_seconds)
            faults.cancel_scope.cancel()

    # ------------------------------------------------------------ and then nothing does

    async def _calm(self) -> list[str]:
        self.network.calm()
        self.disk.mend()
        self.set_clock(0)
        for peer in self.peers.values():
            self.network.back(peer.system)
            peer.calm()
        self.trace.note("calm")
        self.day = began = trio.current_time()
        with trio.move_on_after(BOUND_SECONDS) as bound:
            while not self._settled():  # noqa: ASYNC110 - the database has no event
                await trio.sleep(5)
        if bound.cancelled_caught:
            return [f"not settled {BOUND_SECONDS:.0f} s after the faults: {self._pending()}"]
        self.settled = trio.current_time() - began
        self.trace.note(f"settled after {self.settled:.0f} s")
        pushed = self._pushed()
        await trio.sleep(QUIET_SECONDS)
        return [] if pushed == self._pushed() else ["pushes left though nothing had changed"]

    def _pending(self) -> dict[str, Any]:
        steps = {name: peer.steps.open for name, peer in self.peers.items() if peer.steps.open}
        waiting = {name: one.pending for name, one in self._backlog().items() if one.pending}
        return waiting | ({"steps": steps} if steps else {})

    def _settled(self) -> bool:
        return not self._pending()

    def _backlog(self) -> Mapping[str, Backlog]:
        with plain_store(self.database) as store, store.reading() as connection:
            return backlog(connection, self.conf.systems)

    def _pushed(self) -> dict[str, int]:
        return {name: peer.tally.pushed + peer.tally.repeated for name, peer in self.peers.items()}

    async def _stop(self) -> list[str]:
        """The systems are gone; the hub is told to stop. What it still holds then, it holds for ever."""
        hub = self.machine.hub
        assert hub is not None
        with trio.move_on_after(self.conf.hub.run.drain_seconds + 5) as drained:
            await self.machine.stop()
        if drained.cancelled_caught:
            return ["the hub does not stop"]
        return what_is_left(hub, self.network)


def simulate(seed: int, folder: Path, plan: Plan | None = None) -> Outcome:
    """The same seed, the same plan: the same run, to the last byte."""
    plan = plan or Plan()
    folder.mkdir(exist_ok=True)
    database = Path(fresh("sqlite", folder).removeprefix("sqlite:///"))
    with deterministic(seed), structlog.testing.capture_logs() as logs:
        scenario = Scenario(seed, plan, conf_of(plan.systems, folder), database)
        found = trio.run(scenario.run, clock=MockClock(autojump_threshold=0))
    found += examine(scenario.conf, database, scenario.peers)
    found += canaries(logs, scenario.population)
    milliseconds = {name: peer.tally.milliseconds for name, peer in scenario.peers.items()}
    return Outcome(seed, scenario.trace, found, scenario.numbers(), milliseconds)


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """trio shuffles tasks that are ready at once; what it shuffles with is private, and the same in every
    release so far. hypothesis does it with the same two names."""
    before, state = trio_run._ALLOW_DETERMINISTIC_SCHEDULING, trio_run._r.getstate()
    trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True
    trio_run._r.seed(seed)
    try:
        yield
    finally:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = before
        trio_run._r.setstate(state)
