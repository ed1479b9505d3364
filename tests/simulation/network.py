"""A network of memory streams on which everything is late, cut in pieces, lost or broken as the seed wills.

A connection is two `Pipe`s. As on TCP bytes of one direction keep their order; what differs is when they
arrive, how they are cut, how many fit in, and how it ends:

    whole        as two programs on one machine
    reset        both sides are told, what was on its way is lost
    frozen       half-open: nothing arrives any more, nobody is told (a power cut, a firewall that forgot)
    ended        both sides see the end of the other's writing, be it inside a frame

A machine (`hub`, or a system's name) can be down: nobody reaches it, and it reaches nobody.
"""

import errno
import os
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Literal, TypeAlias

import trio

from gateway.sockets import Connection, Port, TlsStream

from .chance import Chance
from .trace import Trace

Fate: TypeAlias = Literal["whole", "reset", "frozen", "ended"]

CAPACITY = 32_768
"""Unread bytes of one direction; above that the writer waits."""
GIVE_UP_SECONDS = 30.0
"""After how long a machine gives up a connection on which what it wrote is not acknowledged (the hub's does
not: it has to find out by itself)."""
TIMED_OUT_SECONDS = 60.0


@dataclass(frozen=True)
class Weather:
    """How bad it is, until the faults stop."""

    slow: float = 0.1
    """Share of connections that take long for everything."""
    pieces: float = 0.3
    """Share of writes that arrive in pieces."""
    fates: tuple[tuple[Fate, float], ...] = (("reset", 0.08), ("frozen", 0.05), ("ended", 0.05))
    refused: float = 0.05
    """Share of connects that are refused, and as many that get no answer."""
    short_writes: float = 0.1
    """Share of writes of which only a part is taken at once."""


STORMY = Weather()
CALM = Weather(slow=0, pieces=0.1, fates=(), refused=0, short_writes=0)


class Pipe:
    """Bytes on their way in one direction."""

    def __init__(self, name: str, network: "Network", rng: Random, latency: float) -> None:
        self.name, self._network, self._rng, self._latency = name, network, rng, latency
        self._segments: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._last = 0.0
        self._ended_at = inf
        self.broken = self.frozen = False
        self.unacknowledged_since = inf
        self.changed = trio.lowlevel.ParkingLot()

    def write(self, data: bytes) -> int:
        """How many bytes there was room for."""
        if self.broken:  # nobody is there any more: taken, and answered with a reset
            return len(data)
        weather = self._network.weather
        room = max(0, CAPACITY - self._size)
        if len(data) > 1 and self._rng.random() < weather.short_writes:
            room = min(room, self._rng.randrange(1, len(data)))
        taken = data[:room]
        if not taken:
            return 0
        self._network.trace.note(self.name, taken)
        self._size += len(taken)
        if self.frozen:
            self.unacknowledged_since = min(self.unacknowledged_since, trio.current_time())
        for piece in self._pieces(taken):
            self._last = max(self._last, trio.current_time() + self._delay())
            self._segments.append((self._last, piece))
        self.changed.unpark_all()
        return len(taken)

    def _pieces(self, data: bytes) -> list[bytes]:
        if self._rng.random() >= self._network.weather.pieces:
            return [data]
        if len(data) <= 40 and self._rng.random() < 0.2:
            return [data[at : at + 1] for at in range(len(data))]
        cuts = sorted(self._rng.randrange(len(data) + 1) for _ in range(self._rng.randint(1, 3)))
        ends = zip([0, *cuts], [*cuts, len(data)], strict=True)
        return [data[start:end] for start, end in ends if start < end]

    def _delay(self) -> float:
        return self._latency * self._rng.expovariate(1)

    def end(self) -> None:
        self._ended_at = min(self._ended_at, max(self._last, trio.current_time() + self._delay()))
        self.changed.unpark_all()

    def break_up(self) -> None:
        self.broken = True
        self._segments.clear()
        self.changed.unpark_all()

    def freeze(self) -> None:
        self.frozen = True
        if self._size:
            self.unacknowledged_since = trio.current_time()
        self.changed.unpark_all()

    @property
    def next_event(self) -> float:
        """When the reader should look again."""
        if self.frozen:
            return inf
        return self._segments[0][0] if self._segments else self._ended_at

    @property
    def has_unread(self) -> bool:
        return bool(self._segments)

    def read(self) -> bytes:
        """What has arrived: one piece, or all that is there, as it happens."""
        now, several = trio.current_time(), self._rng.random() < 0.5
        got: list[bytes] = []
        while self._segments and self._segments[0][0] <= now and not self.frozen and (several or not got):
            got.append(self._segments.popleft()[1])
        data = b"".join(got)
        self._size -= len(data)
        if data:
            self.changed.unpark_all()
        return data

    @property
    def at_end(self) -> bool:
        return not self.frozen and not self._segments and trio.current_time() >= self._ended_at


class End(Connection):
    """One side of a connection, as the hub and its peers see it."""

    def __init__(self, machine: str, peer: str, incoming: Pipe, outgoing: Pipe, link: "Link") -> None:
        self.machine, self.peer = machine, peer
        self._incoming, self._outgoing, self._link = incoming, outgoing, link
        self._closed = self._lost = False

    def __repr__(self) -> str:
        return f"<End {self._outgoing.name}>"

    @property
    def is_open(self) -> bool:
        return not self._closed

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        while True:
            await trio.lowlevel.checkpoint()
            self._check()
            if data := self._incoming.read():
                return data
            if self._incoming.at_end:
                return b""
            with trio.move_on_at(min(self._incoming.next_event, self._gives_up_at())):
                await self._incoming.changed.park()

    def receive_now(self) -> bytes:
        self._check()
        return self._incoming.read()

    def send_now(self, data: bytes) -> int:
        self._check()
        count = self._outgoing.write(data)
        if self._outgoing.broken:
            self._incoming.break_up()
        elif self._outgoing.frozen:
            self._incoming.changed.unpark_all()  # who reads learns when to give up
        else:
            self._link.sent(count)
        return count

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        rest = bytes(data)
        while rest := rest[self.send_now(rest) :]:
            await self.wait_send_all_might_not_block()
        await trio.lowlevel.checkpoint()

    async def wait_send_all_might_not_block(self) -> None:
        with trio.move_on_at(self._gives_up_at()):
            await self._outgoing.changed.park()
        self._check()

    async def send_eof(self) -> None:
        self._check()
        self._outgoing.end()
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """What is unread is thrown away, and the other side told so: what it still writes meets a reset."""
        if self._closed:
            return
        self._closed = True
        self._incoming.changed.unpark_all()
        if not self._lost:
            self._link.closed(self, unread=self._incoming.has_unread)

    def lose(self) -> None:
        """The machine is gone, or has given it up."""
        self._lost = True
        self._incoming.changed.unpark_all()
        self._outgoing.changed.unpark_all()

    def secured(self, context: ssl.SSLContext, *, server_hostname: str | None = None) -> TlsStream:
        raise NotImplementedError("TLS is spoken on real sockets only")

    def _gives_up_at(self) -> float:
        return inf if self.machine == "hub" else self._outgoing.unacknowledged_since + GIVE_UP_SECONDS

    def _check(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError
        if self._lost or self._incoming.broken or trio.current_time() >= self._gives_up_at():
            raise trio.BrokenResourceError("connection reset")


class Link:
    """A connection: both its ends, and what will become of it."""

    def __init__(self, name: str, machine: str, other: str, network: "Network", rng: Random) -> None:
        weather = network.weather
        latency = rng.uniform(0.3, 2.0) if rng.random() < weather.slow else rng.uniform(0.0002, 0.02)
        self.name, self._network = name, network
        self._there = Pipe(f"{name}>", network, rng, latency)
        self._back = Pipe(f"{name}<", network, rng, latency)
        self.near = End(machine, "127.0.0.1:9", self._back, self._there, self)
        self.far = End(other, "127.0.0.1:9", self._there, self._back, self)
        self._fate, self._bytes_left = self._drawn_fate(rng, weather)

    @staticmethod
    def _drawn_fate(rng: Random, weather: Weather) -> tuple[Fate, int]:
        draw = rng.random()
        for fate, share in weather.fates:
            if draw < share:
                return fate, rng.choice((rng.randrange(1, 400), rng.randrange(1, 20_000)))
            draw -= share
        return "whole", 0

    def sent(self, count: int) -> None:
        if self._fate != "whole" and self._network.faulty:
            self._bytes_left -= count
            if self._bytes_left <= 0:
                fate, self._fate = self._fate, "whole"
                self.meet(fate)

    def meet(self, fate: Fate) -> None:
        self._network.trace.fault(fate, self.name)
        for pipe in (self._there, self._back):
            match fate:
                case "reset":
                    pipe.break_up()
                case "frozen":
                    pipe.freeze()
                case "ended":
                    pipe.end()

    def closed(self, end: End, *, unread: bool) -> None:
        mine, theirs = (self._there, self._back) if end is self.near else (self._back, self._there)
        if unread and not mine.frozen:
            mine.break_up()
        else:
            mine.end()
        theirs.break_up()  # whatever still arrives here is answered with a reset
        if not (self.near.is_open or self.far.is_open):
            self._network.links.discard(self)

    def lose(self, machine: str, fate: Fate) -> None:
        """One machine is gone: it forgets, the other side meets that fate."""
        for end in (self.near, self.far):
            if end.machine == machine:
                end.lose()
        self.meet(fate)

    def joins(self, machine: str) -> bool:
        return machine in (self.near.machine, self.far.machine)


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
