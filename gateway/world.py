"""All that the hub has not in its own hands: network, time, chance, the thread that waits for the store.

One value, handed in at the top (`gateway.bootstrap.build_hub`), so that a whole hub can be run on another
world: the simulation's, where everything comes from one seed.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.clock import wall_clock
from gateway.intake.writer import Writer
from gateway.local import OpensLocal, open_socket
from gateway.sockets import Network, Sockets


@dataclass(frozen=True, slots=True)
class World:
    network: Network = field(default_factory=Sockets)
    clock: Callable[[], int] = wall_clock
    """Microseconds UTC; it may jump. What waits goes by trio's clock, which does not."""
    chance: Callable[[], float] = random.random
    """From 0 to 1, for jitter."""
    open_local: OpensLocal = open_socket
    make_writer: Callable[[], Writer] = Writer
