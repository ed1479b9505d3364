"""A network of memory streams on which everything is late, cut in pieces, lost or broken as the seed wills.

A connection (`link`) is two `pipe`s, and how it fares is the `weather`. As on TCP bytes of one direction keep
their order; what differs is when they arrive, how they are cut, how many fit in, and how it ends.

A machine (`hub`, or a system's name) can be down: nobody reaches it, and it reaches nobody.
"""

import errno
import os
from collections import deque
from collections.abc import Awaitable, Callable
from random import Random

import trio

from gateway.sockets import Port

from .chance import Chance
from .link import End, Link
from .trace import Trace
from .weather import CALM, Fate, Weather

TIMED_OUT_SECONDS = 60.0


class Network:
    """`near` ends are those of who dialled."""

    def __init__(self, chance: Chance, trace: Trace, owners: dict[int, str], weather: Weather) -> None:
        """`owners`: port → system it belongs to, whoever listens there."""
        self.trace, self._rng, self._owners = trace, chance.of("network"), owners
        self.weather, self.faulty = weather, True
        self.links: set[Link] = set()
        self._ports: dict[int, SimulatedPort] = {}
        self._down: set[str] = set()
        self._up = trio.Event()
        self._count = 0

    # ------------------------------------------------------------ as the hub and the peers use it

    def of(self, machine: str) -> "Machine":
        return Machine(machine, self)

    def open(self, machine: str, port: int) -> "SimulatedPort":
        if port in self._ports:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        made = self._ports[port] = SimulatedPort(machine, port, self)
        return made

    def shut(self, port: int) -> None:
        self._ports.pop(port, None)

    async def connect(self, machine: str, port: int) -> End:
        self._count += 1
        name = f"{self._owners[port]}#{self._count}"
        rng = Random(f"{self._rng.random()}")
        await trio.sleep(rng.uniform(0.0001, 0.01))
        listening = self._ports.get(port)
        trouble = rng.random()
        if machine in self._down or trouble < self.weather.refused:
            self.trace.fault("connect unanswered", name)
            await trio.sleep(TIMED_OUT_SECONDS)
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        if listening is None or listening.machine in self._down or trouble < 2 * self.weather.refused:
            self.trace.fault("connect refused", name)
            raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        link = Link(name, machine, listening.machine, self, rng)
        self.links.add(link)
        self.trace.note(f"{name} connected")
        listening.come(link.far)
        return link.near

    # ------------------------------------------------------------ what happens to it

    def lose(self, machine: str, fate: Fate) -> None:
        """The machine dies; how its connections end for the others."""
        self._down.add(machine)
        for link in self._links_of(machine):
            link.lose(machine, fate)

    def back(self, machine: str) -> None:
        self._down.discard(machine)
        self._up.set()
        self._up = trio.Event()

    async def wait_up(self, machine: str) -> None:
        while machine in self._down:
            await self._up.wait()

    def calm(self) -> None:
        """From now on nothing new goes wrong."""
        self.weather, self.faulty = CALM, False

    def _links_of(self, machine: str) -> list[Link]:
        return sorted((link for link in self.links if link.joins(machine)), key=lambda link: link.name)

    def open_ends(self) -> list[str]:
        """Of the hub."""
        ends = [end for link in self.links for end in (link.near, link.far)]
        return sorted(repr(end) for end in ends if end.machine == "hub" and end.is_open)


class SimulatedPort(Port):
    def __init__(self, machine: str, port: int, network: Network) -> None:
        self.machine, self._port, self._network = machine, port, network
        self._waiting: deque[End] = deque()
        self._came = trio.lowlevel.ParkingLot()
        self._closed = False

    @property
    def port(self) -> int:
        return self._port

    def come(self, end: End) -> None:
        self._waiting.append(end)
        self._came.unpark()

    async def accept(self) -> End:
        await trio.lowlevel.checkpoint()
        while not self._waiting:
            if self._closed:
                raise trio.ClosedResourceError
            await self._came.park()
        return self._waiting.popleft()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._network.shut(self._port)
            self._came.unpark_all()
            while self._waiting:
                self._waiting.popleft().close()


class Machine:
    """The network as one machine has it: `gateway.sockets.Network`, and a peer's doors and ears."""

    def __init__(self, name: str, network: Network) -> None:
        self.name, self._network = name, network

    async def listen(self, host: str, port: int, *, backlog: int) -> list[Port]:
        await trio.lowlevel.checkpoint()
        return [self._network.open(self.name, port)]

    async def connect(self, host: str, port: int) -> End:
        return await self._network.connect(self.name, port)

    async def enter(self, port: int) -> End:
        """A program on a machine that is down does nothing."""
        await self._network.wait_up(self.name)
        return await self._network.connect(self.name, port)

    async def serve(
        self,
        port: int,
        handler: Callable[[trio.abc.Stream], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[int],
    ) -> None:
        door = self._network.open(self.name, port)
        try:
            async with trio.open_nursery() as nursery:
                task_status.started(port)
                while True:
                    nursery.start_soon(self._handle, handler, await door.accept())
        finally:
            door.close()

    @staticmethod
    async def _handle(handler: Callable[[trio.abc.Stream], Awaitable[None]], end: End) -> None:
        try:
            await handler(end)
        finally:
            end.close()
