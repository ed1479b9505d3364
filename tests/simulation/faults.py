"""What goes wrong during the day, beside the weather on the network: one task each, on dice of its own."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Protocol, TypeAlias, TypeVar

import trio

from .machine import HubMachine
from .network import Network
from .storage import Disk, Trouble
from .trace import Trace
from .weather import Fate

FATES: tuple[Fate, ...] = ("reset", "frozen", "ended")
TROUBLES: tuple[Trouble, ...] = ("locked", "slow", "full", "failing", "away")


T = TypeVar("T")


class Victim(Protocol):
    """What faults know of a scenario."""

    plan: Any
    trace: Trace
    network: Network
    disk: Disk
    machine: HubMachine
    peers: Mapping[str, Any]

    def set_clock(self, seconds: float) -> None: ...


Fault: TypeAlias = Callable[[Any, Random], Awaitable[None]]


def in_turn(kinds: Sequence[T], rng: Random) -> Iterator[T]:
    """For ever, in any order, each as often as the others: no run is long enough to leave it to chance."""
    while True:
        yield from rng.sample(kinds, len(kinds))


async def crash_the_hub(victim: Victim, rng: Random) -> None:
    """Now and then it is told to stop instead."""
    for fate in in_turn((*FATES, None), rng):
        await trio.sleep(rng.expovariate(1 / victim.plan.crashes))
        seconds = rng.choice((0.5, 5.0, 60.0))
        if fate is None:
            victim.machine.restart(seconds)
        else:
            victim.machine.crash(fate, seconds)


async def lose_systems(victim: Victim, rng: Random) -> None:
    while True:
        await trio.sleep(rng.expovariate(1 / victim.plan.outages))
        await lose(victim, rng.choice(sorted(victim.peers)), rng.choice(FATES), rng.choice((0.5, 5.0, 40.0)))


async def lose(victim: Victim, name: str, fate: Fate, seconds: float) -> None:
    victim.trace.fault("system crashed", f"{name} {fate}")
    victim.network.lose(name, fate)
    await trio.sleep(seconds)
    victim.network.back(name)


async def trouble_the_store(victim: Victim, rng: Random) -> None:
    for trouble in in_turn(TROUBLES, rng):
        await trio.sleep(rng.expovariate(1 / victim.plan.troubles))
        victim.disk.begin(trouble, rng.choice((0.2, 3.0, 10.0)))


async def set_the_clock(victim: Victim, rng: Random) -> None:
    """By an hour or a little, and some time later right again."""
    while True:
        await trio.sleep(rng.expovariate(1 / victim.plan.clock_steps))
        victim.set_clock(rng.choice((3600, -3600, rng.uniform(-30, 30))))
        await trio.sleep(rng.choice((1.0, 10.0, 30.0)))
        victim.set_clock(0)


ALL: tuple[Fault, ...] = (crash_the_hub, lose_systems, trouble_the_store, set_the_clock)
