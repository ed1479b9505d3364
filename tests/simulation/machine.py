"""The machine the hub runs on: it is started, crashes anywhere, and is started again on what the disk kept.

The hub is the shipped one, put together by `build_hub`; its store's process is here a function call over the
same calls and answers (`gateway.calls`), its thread a few checkpoints of mock time. A crash is a cancelled
scope: whatever waits for anything at that moment never goes on. Before it the network has already lost the
machine, so nothing that is cleaned up on the way out reaches anybody.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import trio

from ecif.service import Service
from ecif.store.errors import StoreBroken
from gateway import calls
from gateway.bootstrap import build_hub, load_matching, load_patience, load_rules
from gateway.config.schema import Conf
from gateway.hub import Hub
from gateway.intake.intake import Intake
from gateway.intake.writer import Turn
from gateway.store_process import StoreProcess
from gateway.world import World
from tests.gateway.inline import InlineWriter

from .bank import dialects_of
from .chance import Chance
from .network import Network
from .storage import Disk, open_simulated
from .trace import Trace
from .weather import Fate

EPOCH = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z: where the mock clock's wall begins."""
T = TypeVar("T")


class Wall:
    """One machine's clock, microseconds UTC. It goes with the mock clock, unless somebody sets it."""

    def __init__(self) -> None:
        self.offset = self.furthest_back = 0

    def set(self, seconds: float) -> None:
        """So far off from now on."""
        self.offset = round(seconds * 1e6)
        self.furthest_back = min(self.furthest_back, self.offset)

    def __call__(self) -> int:
        return EPOCH + round(trio.current_time() * 1e6) + self.offset

    def seconds(self) -> float:
        return self() / 1e6


class SimulatedWriter(InlineWriter):
    """A transaction takes time before it is made and after it, and is made in no time."""

    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self._disk = disk

    async def call(self, turn: Turn, transaction: Callable[[], T]) -> T:
        seconds = self._disk.seconds()
        await trio.sleep(seconds * 0.7)
        try:
            return await super().call(turn, transaction)
        finally:
            await trio.sleep(seconds * 0.3)


class StoreHere:
    """The pipe to a store process that is no process; it ends as that one does."""

    def __init__(self, service: Service, ended: Callable[[], None]) -> None:
        self._service, self._ended = service, ended
        self._answer: bytes | None = None
        self._broken = False

    def send_bytes(self, call: bytes) -> None:
        if self._broken:
            raise BrokenPipeError
        try:
            self._answer = calls.answered(self._service, call)
        except StoreBroken:
            self._broken, self._answer = True, None
            self._ended()

    def recv_bytes(self) -> bytes:
        if self._answer is None:
            raise EOFError
        return self._answer


class Deaf(trio.abc.Listener[trio.SocketStream]):
    """Instead of the sockets for programs of the same machine: nobody asks."""

    async def accept(self) -> trio.SocketStream:
        await trio.sleep_forever()
        raise AssertionError

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


async def open_deaf(path: Path) -> Deaf:
    await trio.lowlevel.checkpoint()
    return Deaf()


@dataclass
class HubMachine:
    conf: Conf
    database: Path
    network: Network
    disk: Disk
    chance: Chance
    trace: Trace
    wall: Wall
    intake_class: type[Intake] = Intake
    starts: int = 0
    hub: Hub | None = None
    stopped: trio.Event = field(default_factory=trio.Event)
    _life: trio.CancelScope = field(default_factory=trio.CancelScope)
    _next_seconds: float | None = None
    """After which it is started again; None: never."""

    async def run(self) -> None:
        """Lives and crashes until one life ends because it was told to stop."""
        while True:
            self._life, self._next_seconds = trio.CancelScope(), None
            with self._life:
                await self._live()
            self.trace.note("hub gone")
            if self._next_seconds is None:
                self.stopped.set()
                return
            await trio.sleep(self._next_seconds)
            self.network.back("hub")

    async def _live(self) -> None:
        self.starts += 1
        part = f"hub{self.starts}"
        rng = self.chance.of(part)
        world = World(
            network=self.network.of("hub"),
            clock=self.wall,
            chance=rng.random,
            open_local=open_deaf,
            make_writer=lambda: SimulatedWriter(self.disk),
        )
        with closing(open_simulated(self.database, self.disk)) as store:
            service = Service(
                store,
                dialects_of(self.conf, self.chance, f"{part}/store"),
                load_rules(self.conf),
                load_matching(self.conf),
                patience=replace(load_patience(self.conf), jitter=rng.random),
                hashing=self.conf.hub.history.hashing,
            )
            pipe = StoreHere(service, lambda: self.crash("reset", 1.0))
            customer_half = StoreProcess(cast(Any, None), cast(Any, pipe))
            self.hub = build_hub(
                self.conf,
                customer_half,
                intake_class=self.intake_class,
                world=world,
                dialects=dialects_of(self.conf, self.chance, f"{part}/gateway"),
            )
            self.trace.note("hub starts")
            try:
                await self.hub.run()
            finally:
                self.hub = None

    def crash(self, fate: Fate, seconds: float) -> None:
        """Now; `seconds` later it is started again. `fate`: how its connections end for the others."""
        if self._life.cancel_called or self.hub is None:
            return
        self.trace.fault("hub crashed", fate)
        self._next_seconds = seconds
        self.network.lose("hub", fate)
        self._life.cancel()

    def restart(self, seconds: float) -> None:
        """Told to stop, as by an operator, and started again so long after it has."""
        if self._next_seconds is None and self.hub is not None:
            self.trace.fault("hub told to stop")
            self._next_seconds = seconds
            self.hub.stop()

    async def stop(self) -> None:
        """As SIGTERM, and until it has ended."""
        if self.hub is not None:
            self.hub.stop()
        await self.stopped.wait()
