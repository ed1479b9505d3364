"""A connection: two pipes, both its ends, and what will become of it."""

import ssl
from math import inf
from random import Random
from typing import Protocol

import trio

from gateway.sockets import Connection, TlsStream

from .pipe import Around, Pipe
from .weather import Fate, Weather

GIVE_UP_SECONDS = 30.0
"""After how long a machine gives up a connection on which what it wrote is not acknowledged (the hub's does
not: it has to find out by itself)."""


class AroundLinks(Around, Protocol):
    """The network that a connection is one of."""

    @property
    def faulty(self) -> bool: ...

    @property
    def links(self) -> "set[Link]": ...


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

    def __init__(self, name: str, machine: str, other: str, network: AroundLinks, rng: Random) -> None:
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
