"""The shipped scripted peers (`gateway.peers`) on the simulated network, a few of their habits made worse.

What they keep outlives a crash: their books, and every message until it is answered. So a peer's crash is its
machine's: all connections are gone, and nothing is heard of it until it is back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import trio

from gateway.config.schema import Conf
from gateway.config.values import split_address
from gateway.peers.books import Books, Taken
from gateway.peers.forms import Form
from gateway.peers.letters import Answer, Letter, Letters
from gateway.peers.mishaps import Mishaps
from gateway.peers.opening import Opened, raw_sections
from gateway.peers.peer import Peer, Temper
from gateway.peers.population import Step
from gateway.peers.post import ask
from gateway.peers.wire import Door, Line

from .bank import opened
from .chance import Chance
from .machine import Wall
from .network import Machine, Network

AHEAD_SECONDS = 300
"""The sheets': a sent time further ahead counts as the hub's."""
TRIES = 100_000
"""A system never stops asking."""


@dataclass(frozen=True)
class SimulatedDoor(Door):
    machine: Machine | None = None

    async def enter(self) -> trio.abc.Stream:
        assert self.machine is not None
        return await self.machine.enter(self.port)


@dataclass(frozen=True)
class SimulatedEar:
    machine: Machine
    port: int

    async def __call__(
        self,
        handler: Callable[[trio.abc.Stream], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        await self.machine.serve(self.port, handler, task_status=task_status)


class RefusingBooks(Books):
    """Now and then a push is refused for good, whatever it says."""

    def __init__(self, form: Form, rng: Random, share: Callable[[], float]) -> None:
        super().__init__(form)
        self._rng, self._share = rng, share
        self.refusals: set[str] = set()

    def take_push(self, push_id: str, ecif_no: str, version: int, pushed: Mapping[str, Any]) -> Taken:
        if push_id not in self._pushes and self._rng.random() < self._share():
            self._pushes[push_id] = Taken("2002", 0)
            self.refusals.add(push_id)
        return super().take_push(push_id, ecif_no, version, pushed)


@dataclass(frozen=True)
class Habits:
    mishaps: float
    """Share of what it says or takes that goes wrong."""
    lines: int
    push_seconds: float = 0.0


class SimulatedPeer(Peer):
    books: RefusingBooks

    def __init__(self, parts: Opened, temper: Temper, rng: Random, habits: Habits, hub_wall: Wall) -> None:
        super().__init__(parts, temper)
        self._hub_wall = hub_wall
        self._push_seconds = habits.push_seconds
        self._faults = rng
        kinds = ("silent", "hang_up", "busy", "impatient", "damages")
        self._mishaps = Mishaps(rng, habits.mishaps, dict.fromkeys(kinds, 20))
        self.answers: dict[str, tuple[Letter, Answer]] = {}
        """What each of its messages got, by id: accepted or refused, for good."""
        self.roles = {type: str(message["role"]) for type, message in parts.letters.messages.items()}
        self.by_hub = parts.form.by_hub
        self.books = RefusingBooks(parts.form, rng, lambda: self._mishaps.share / 4)
        self._former: list[Letter] = []

    @property
    def confirmed(self) -> set[str]:
        """Pushes it has said yes to."""
        return self._confirmed

    def calm(self) -> None:
        self._mishaps.share = 0.0

    async def _ask(self, letter: Letter, *, again: bool = False) -> Answer | None:
        self.tally.sent += 1
        answer = await ask(self._post, self._letters, letter, self.tally, again=again, tries=TRIES)
        if answer is not None and letter.damage is None:
            self.answers[letter.id] = letter, answer
        return answer

    async def _pushed(self, line: Line, type: str, fields: dict[str, object]) -> None:
        if self._push_seconds:
            await trio.sleep(self._push_seconds)
        await super()._pushed(line, type, fields)

    async def _say(self, line: Line, letter: Letter) -> None:
        """Now and then twice, or late, or after a reply that was given long ago."""
        if self._faults.random() < self._mishaps.share:
            await trio.sleep(self._faults.expovariate(1))
        if self._former and self._faults.random() < self._mishaps.share:
            await super()._say(line, self._faults.choice(self._former))
        await super()._say(line, letter)
        if self._faults.random() < self._mishaps.share:
            await super()._say(line, letter)
        self._former = [*self._former[-9:], letter]

    def _expect(self, step: Step, answer: Answer | None, *codes: str) -> bool:
        """A system that does not number its changes is measured by its sent times, and one that lies too far
        ahead of the hub's clock counts as the hub's time: a hub that was set far back takes it for old."""
        overtaken = answer is not None and answer.code == "0003" and self.by_hub
        if overtaken and self._hub_wall.furthest_back < -AHEAD_SECONDS * 1e6:
            return False
        return super()._expect(step, answer, *codes)

    def _count_reply(self, push_id: str, code: str) -> None:
        if push_id not in self.books.refusals:
            super()._count_reply(push_id, code)


def simulated_peer(
    conf: Conf, system: str, network: Network, chance: Chance, wall: Wall, hub_wall: Wall, habits: Habits
) -> SimulatedPeer:
    """`wall` is its own clock, which is right."""
    machine, declared = network.of(system), conf.systems[system]
    parts = opened(system)
    letters = Letters(
        system,
        raw_sections(conf.folder_of(system)),
        parts.codec,
        clock=wall.seconds,
        draw=chance.bytes_of(f"{system}/ids"),
    )
    door = declared.listen and SimulatedDoor("", split_address(declared.listen.address)[1], machine=machine)
    ear = declared.dial and SimulatedEar(machine, split_address(declared.dial.address)[1])
    temper = Temper(seed=chance.seed, lines=habits.lines, in_flight=8, echoes=True)
    rng = chance.of(f"{system}/mishaps")
    own = replace(parts, letters=letters, door=door, listen=ear)
    return SimulatedPeer(own, temper, rng, habits, hub_wall)


async def work(peer: SimulatedPeer, steps: list[Step], rng: Random, pause: float) -> None:
    """Its clerks' day, until all of it is answered."""
    for step in steps:
        await trio.sleep(rng.expovariate(1 / pause))
        await peer.steps.submit(step)
    await peer.steps.wait_done()
