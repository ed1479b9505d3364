"""Messages set aside, taken again beside a running hub: a portion a transaction, at a pace, in order.

As in intake, a portion that makes the service raise is halved until the message that does stands alone; it
stays aside, with the new reason. A rehearsal decides and writes the same portions and takes each back.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from adapters.dialect import Heartbeat, HeartbeatReply, Incoming, SystemDialect
from ecif import corrections
from ecif.aside import Outcome
from ecif.corrections import STAFF
from ecif.messages import Command, Correction
from ecif.service import Service
from ecif.store.errors import Crossed, StoreError, StoreLocked
from gateway.clock import wall_clock
from gateway.faults import place_of
from gateway.intake.committing import LOCKED_PAUSES
from gateway.pace import Pace

PORTION = 50
T = TypeVar("T")


class Replayer:
    def __init__(
        self,
        service: Service,
        dialects: Mapping[str, SystemDialect],
        *,
        actor: str,
        pace: Pace,
        rehearse: bool = False,
    ) -> None:
        self._service = service
        self._readers: Mapping[str, Callable[[bytes, int], Incoming | Correction]] = {
            STAFF: corrections.read,
            **{name: dialect.read for name, dialect in dialects.items()},
        }
        self._actor, self._pace, self._rehearse = actor, pace, rehearse

    def replay(self, ids: Sequence[int]) -> Iterator[Outcome]:
        size = self._pace.portion(PORTION)
        for start in range(0, len(ids), size):
            portion = ids[start : start + size]
            yield from self._take(portion)
            if not self._rehearse and start + size < len(ids):
                self._pace.wait(len(portion))

    def _take(self, ids: Sequence[int]) -> list[Outcome]:
        try:
            return patiently(
                lambda: self._service.replay(
                    ids, self._read, actor=self._actor, now=wall_clock(), rehearse=self._rehearse
                )
            )
        except StoreError:
            raise
        except Exception as fault:
            return self._halve(ids, place_of(fault))

    def _halve(self, ids: Sequence[int], reason: str) -> list[Outcome]:
        if len(ids) > 1:
            middle = len(ids) // 2
            return [*self._take(ids[:middle]), *self._take(ids[middle:])]
        return [
            patiently(
                lambda: self._service.keep_aside(
                    ids[0], reason, actor=self._actor, now=wall_clock(), rehearse=self._rehearse
                )
            )
        ]

    def _read(self, system: str, body: bytes, at: int) -> Command | None:
        read = self._readers.get(system)
        message = read(body, at) if read else None
        return None if isinstance(message, Heartbeat | HeartbeatReply) else message


def patiently(act: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """A hub at work may hold the database for a moment."""
    for seconds in LOCKED_PAUSES:
        try:
            return act()
        except (StoreLocked, Crossed):
            sleep(seconds)
    return act()
