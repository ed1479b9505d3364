"""Commands → the store, many in one transaction, as often as it takes.

The journal is what a load goes on from: a record whose message id is journalled with the same content has
been taken in, whoever was killed after its commit. So there is no file that says how far a load has come, and
none that could say it wrongly. A batch is committed whole or not at all.

A batch that makes the service raise is halved until the record stands alone that does it; that one is set
aside and answered 9999, as intake does (`gateway.intake`). A locked database is tried again, then the load
ends: StoreError.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ecif.messages import Command, Reply
from ecif.store.errors import Crossed, StoreError, StoreLocked
from gateway.faults import place_of

PAUSES: Final = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds between the tries at a locked database; each try also waits inside the database."""


class TakesNew(Protocol):
    """What of `ecif.service.Service` a load needs."""

    def take_new(self, batch: Sequence[Command], now: int) -> list[tuple[Reply, bool]]: ...

    def set_aside(self, command: Command, reason: str, now: int) -> Reply: ...


class Loader:
    def __init__(
        self,
        service: TakesNew,
        clock: Callable[[], int],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service, self._clock, self._sleep = service, clock, sleep

    def commit(self, batch: Sequence[Command]) -> list[tuple[Reply, bool]]:
        """One (reply, known before) each, in order; all committed. Raises StoreError."""
        for seconds in (*PAUSES, None):
            try:
                return self._service.take_new(batch, self._clock())
            except (StoreLocked, Crossed):
                if seconds is None:
                    raise
                self._sleep(seconds)
            except StoreError:
                raise
            except Exception as fault:
                return self._halve(batch, fault)
        raise AssertionError("the last try always returns or raises")

    def _halve(self, batch: Sequence[Command], fault: Exception) -> list[tuple[Reply, bool]]:
        if len(batch) == 1:
            return [(self._service.set_aside(batch[0], place_of(fault), self._clock()), False)]
        middle = len(batch) // 2
        return [*self.commit(batch[:middle]), *self.commit(batch[middle:])]
