"""A bank of processes, and what goes wrong in it now and then while it works."""

import contextlib
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import trio

from gateway.peers.cast import HubProcess, PeerProcess
from gateway.peers.population import Population
from gateway.peers.stage import Stage

FAULT_SECONDS = 4.0
FROZEN_SECONDS = 5.0
_RESET = struct.pack("ii", 1, 0)
Sample = dict[str, float]


@dataclass
class Bank:
    stage: Stage
    hub: HubProcess
    peers: list[PeerProcess]
    population: Population
    random: Random
    faults: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    changes: int = 0

    @property
    def log(self) -> Path:
        return self.stage.folder / "hub.log"

    @property
    def ports(self) -> list[int]:
        systems = self.stage.conf.systems.values()
        return [system.listen.port for system in systems if system.listen is not None]


async def mischief(bank: Bank) -> None:
    kinds = list(FAULTS.items())
    while True:
        await trio.sleep(bank.random.uniform(0.5, 1.5) * FAULT_SECONDS)
        name, fault = bank.random.choice(kinds)
        bank.faults[name] = bank.faults.get(name, 0) + 1
        await fault(bank)


def _open(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


async def _garbage(bank: Bank) -> None:
    for port in bank.ports:
        with contextlib.suppress(OSError), _open(port) as line:
            line.sendall(bank.random.randbytes(bank.random.randrange(1, 400)))
    await trio.sleep(0.1)


async def _half_frames(bank: Bank) -> None:
    """They are closed by the hub: by its deadlines."""
    with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
        for port in bank.ports * 5:
            opened.enter_context(_open(port)).sendall(b"\x00")
        await trio.sleep(1)


async def _crowd(bank: Bank) -> None:
    with contextlib.suppress(OSError):
        for line in [_open(bank.random.choice(bank.ports)) for _ in range(100)]:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            line.close()
    await trio.sleep(0.1)


async def _frozen_peer(bank: Bank) -> None:
    pid = bank.random.choice(bank.peers).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await trio.sleep(FROZEN_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


async def _reload(bank: Bank) -> None:
    os.kill(bank.hub.pid, signal.SIGHUP)
    await trio.sleep(0.1)


FAULTS: Mapping[str, Callable[[Bank], Awaitable[None]]] = {
    "garbage": _garbage, "half_frames": _half_frames, "crowd": _crowd, "frozen_peer": _frozen_peer,
    "reload": _reload,
}  # fmt: skip
