"""One run: a bank's day under one seed, faults until the last message is answered, then calm, then the books.

    day       every system's clerks work; network, store, hub and peers fail as drawn
    calm      nothing fails any more; everything must end within BOUND_SECONDS
    quiet     nobody says anything new for a while: no push may leave
    stop      the hub drains; no connection, no task, nothing held is left
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import structlog
import trio
from trio._core import _run as trio_run
from trio.testing import MockClock

from ecif.store.reports import Backlog, backlog
from gateway.config.schema import Conf
from gateway.intake import Intake
from gateway.peers.population import Population, make_population
from tests.databases import fresh

from .bank import conf_of, owners
from .chance import Chance
from .invariants import canaries, examine, plain_store, what_is_left
from .machine import HubMachine, Wall
from .network import STORMY, Network, Weather
from .peers import SimulatedPeer, simulated_peer, work
from .storage import Disk, Trouble
from .trace import Trace

BOUND_SECONDS = 900.0
"""Within this, of mock time, all systems hold the same once faults have stopped: twice the longest pause
between two tries, and the silence after which a dead line is found."""
QUIET_SECONDS = 400.0
"""More than the longest pause between two tries."""


@dataclass(frozen=True)
class Plan:
    """How large and how bad."""

    systems: tuple[str, ...] = ("core", "loan", "ebank", "card", "wealth", "teller")
    customers: int = 8
    pause_seconds: float = 1.0
    """Between two steps of one system's clerks."""
    weather: Weather = STORMY
    crashes: float = 20.0
    """Mean seconds between two crashes of the hub."""
    outages: float = 20.0
    """Of one of the systems."""
    troubles: float = 10.0
    """Of the store."""
    clock_steps: float = 40.0
    """Of the hub's wall clock."""
    lost_commits: float = 0.05
    mishaps: float = 0.1
    intake_class: type[Intake] = Intake


@dataclass
class Outcome:
    seed: int
    trace: Trace
    findings: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

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
        self.peers = {name: self._peer(name) for name in conf.systems}
        self.population: Population = make_population(plan.customers, seed, list(conf.systems))

    def _peer(self, name: str) -> SimulatedPeer:
        return simulated_peer(self.conf, name, self.network, self.chance, self.wall, self.plan.mishaps)

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
        return {"sent": sent, "pushed": pushed, "hubs": self.machine.starts, "lines": len(self.trace.lines)}

    async def _day(self) -> None:
        async with trio.open_nursery() as faults:
            faults.start_soon(self._crash_the_hub, self.chance.of("crashes"))
            faults.start_soon(self._lose_systems, self.chance.of("outages"))
            faults.start_soon(self._trouble_the_store, self.chance.of("troubles"))
            faults.start_soon(self._set_the_clock, self.chance.of("clock"))
            async with trio.open_nursery() as clerks:
                for name, peer in self.peers.items():
                    steps = list(self.population.scripts[name])
                    rng = self.chance.of(f"{name}/pauses")
                    clerks.start_soon(work, peer, steps, rng, self.plan.pause_seconds)
            faults.cancel_scope.cancel()

    # ------------------------------------------------------------ what goes wrong

    async def _crash_the_hub(self, rng: Random) -> None:
        while True:
            await trio.sleep(rng.expovariate(1 / self.plan.crashes))
            fate, seconds = rng.choice(("reset", "frozen", "ended")), rng.choice((0.5, 5.0, 60.0))
            if rng.random() < 0.25:
                self.machine.restart(seconds)
            else:
                self.machine.crash(fate, seconds)

    async def _lose_systems(self, rng: Random) -> None:
        while True:
            await trio.sleep(rng.expovariate(1 / self.plan.outages))
            name = rng.choice(sorted(self.peers))
            fate = rng.choice(("reset", "frozen", "ended"))
            self.trace.note(f"{name} crashes, {fate}")
            self.network.lose(name, fate)
            await trio.sleep(rng.choice((0.5, 5.0, 40.0)))
            self.network.back(name)

    async def _trouble_the_store(self, rng: Random) -> None:
        while True:
            await trio.sleep(rng.expovariate(1 / self.plan.troubles))
            trouble: Trouble = rng.choice(("locked", "slow", "full", "failing", "away"))
            self.disk.begin(trouble, rng.choice((0.2, 3.0, 20.0)))

    async def _set_the_clock(self, rng: Random) -> None:
        """The hub's, by an hour or a little, and some time later right again."""
        while True:
            await trio.sleep(rng.expovariate(1 / self.plan.clock_steps))
            self._step(rng.choice((3600, -3600, rng.uniform(-30, 30))))
            await trio.sleep(rng.choice((1.0, 10.0, 30.0)))
            self._step(0)

    def _step(self, seconds: float) -> None:
        self.trace.note(f"the hub's clock is {seconds:.1f} s off")
        self.hub_wall.offset = round(seconds * 1e6)

    # ------------------------------------------------------------ and then nothing does

    async def _calm(self) -> list[str]:
        self.network.calm()
        self.disk.mend()
        self._step(0)
        for peer in self.peers.values():
            self.network.back(peer.system)
            peer.calm()
        self.trace.note("calm")
        began = trio.current_time()
        with trio.move_on_after(BOUND_SECONDS) as bound:
            while not self._settled():  # noqa: ASYNC110 - the database has no event
                await trio.sleep(5)
        if bound.cancelled_caught:
            return [f"not settled {BOUND_SECONDS:.0f} s after the faults: {self._pending()}"]
        self.trace.note(f"settled after {trio.current_time() - began:.0f} s")
        pushed = self._pushed()
        await trio.sleep(QUIET_SECONDS)
        return [] if pushed == self._pushed() else ["pushes left though nothing had changed"]

    def _pending(self) -> dict[str, Any]:
        steps = {name: peer.open_steps for name, peer in self.peers.items() if peer.open_steps}
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
    return Outcome(seed, scenario.trace, found, scenario.numbers())


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
