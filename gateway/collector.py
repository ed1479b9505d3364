"""The garbage collector of a process that has built what it needs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

BATCHES_OBJECTS: Final = 5_000_000
"""More than two batches of a load have, of 10,000 records each."""


def spare_collector() -> None:
    """What was built lives as long as the process: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def let_go() -> None:
    """After conf was replaced: compiled rules and what they remember hold one another in circles, and with
    these thresholds a dozen old ones would lie about before the collector came by."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextmanager
def in_batches() -> Iterator[None]:
    """For work in large batches, whose objects live until the batch is done and are in no cycles: to look
    through them time and again takes a twentieth of a load's time. The collector comes only where so many
    objects stay that there must be cycles."""
    before = gc.get_threshold()
    gc.set_threshold(BATCHES_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
