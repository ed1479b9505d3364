"""Commands in, one reply each, whatever the store does.

- one message makes the service raise: the batch is halved until that message stands alone; it is set aside
  and answered 9999, the rest goes through;
- the database is locked: a few tries, then 9001 for the whole batch; the disk is full or the store fails:
  9002; memory runs short: 9001. None uses up a message id. Later images of a customer whose image was sent
  away are sent away too until that one has come again, or its change would be overtaken (interfaces: Order).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog
import trio

from ecif.messages import Command, Reply
from ecif.store.errors import Crossed, StoreError, StoreLocked
from gateway.faults import place_of
from gateway.intake.postponed import Postponed
from gateway.intake.writer import Overtaking, Turn
from gateway.statistics import Counters

log = structlog.get_logger("intake")

BUSY, UNAVAILABLE = "9001", "9002"
LOCKED_PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds between the tries at a locked database; each try also waits inside the database."""


class TakesIn(Protocol):
    """The half of `ecif.service.Service` that intake needs."""

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int]) -> list[Reply]: ...

    def set_aside(self, command: Command, reason: str, now: int) -> Reply: ...

    def next_due(self, system: str, now: int) -> int | None: ...


class Committing:
    """One transaction for all commands of a batch, where the store can."""

    def __init__(
        self,
        service: TakesIn,
        *,
        counters: Counters,
        room: Callable[[], Mapping[str, int]],
        clock: Callable[[], int],
    ) -> None:
        self._service, self._counters, self._clock = service, counters, clock
        self._room_for_pushes = room
        self._granted = Counter[str]()
        """System → pushes that batches in the store may let leave."""
        self._postponed = Postponed()

    async def commit(self, commands: Sequence[Command], turn: Turn) -> list[Reply]:
        """One reply each, in order."""
        while True:
            try:
                return await self._commit_in_order(commands, turn)
            except Overtaking:
                await turn.first()

    async def _commit_in_order(self, commands: Sequence[Command], turn: Turn) -> list[Reply]:
        """What must wait for an earlier image of its customer gets 9001."""
        now = trio.current_time()
        waits = [self._postponed.must_wait(command, now) for command in commands]
        taken = [command for command, wait in zip(commands, waits, strict=True) if not wait]
        replies = iter(await self._commit(taken, turn) if taken else [])
        return [Reply(BUSY) if wait else next(replies) for wait in waits]

    def send_away(self, command: Command, code: str) -> Reply:
        """What follows it of its customer must wait."""
        self._postponed.sent_away(command, trio.current_time())
        return Reply(code)

    @property
    def postponed(self) -> int:
        """Customers that must wait."""
        return len(self._postponed)

    async def _commit(self, commands: Sequence[Command], turn: Turn) -> list[Reply]:
        for seconds in (*LOCKED_PAUSES, None):
            try:
                return await self._take_in(commands, turn)
            except Overtaking:
                raise
            except (StoreLocked, Crossed) as trouble:
                if seconds is None:
                    return self._send_away(commands, trouble, BUSY)
                self._counters.retried_batches += 1
                await trio.sleep(seconds)
            except StoreError as trouble:
                return self._send_away(commands, trouble, UNAVAILABLE)
            except MemoryError as trouble:  # no fault of a message's
                return self._send_away(commands, trouble, BUSY)
            except Exception as fault:
                return await self._halve(commands, fault, turn)
        raise AssertionError("the last try always returns")

    async def _take_in(self, commands: Sequence[Command], turn: Turn) -> list[Reply]:
        room = self._grant()
        self._granted.update(room)
        try:
            return await turn.run(self._service.take_in, commands, self._clock(), room)
        finally:
            self._granted.subtract(room)

    def _grant(self) -> dict[str, int]:
        """Half of the room for pushes that no other batch may fill: the next batch has pushes, too."""
        room = self._room_for_pushes()
        return {name: max(0, free - self._granted[name] + 1) // 2 for name, free in room.items()}

    def _send_away(self, commands: Sequence[Command], trouble: Exception, code: str) -> list[Reply]:
        said = str(trouble) or type(trouble).__name__
        log.error("store.trouble", code=code, messages=len(commands), trouble=said)
        return [self.send_away(command, code) for command in commands]

    async def _halve(self, commands: Sequence[Command], fault: Exception, turn: Turn) -> list[Reply]:
        """The batch has a message that makes the service raise: find it, let the others through."""
        if len(commands) == 1:
            return [await self._set_aside(commands[0], fault, turn)]
        self._counters.split_batches += 1
        middle = len(commands) // 2
        return [*await self._commit(commands[:middle], turn), *await self._commit(commands[middle:], turn)]

    async def _set_aside(self, command: Command, fault: Exception, turn: Turn) -> Reply:
        envelope, reason = command.envelope, place_of(fault)
        log.error("message.failed", system=envelope.system, id=envelope.message_id, fault=reason)
        try:
            return await turn.run(self._service.set_aside, command, reason, self._clock())
        except StoreError as trouble:
            return self._send_away([command], trouble, UNAVAILABLE)[0]
        except Exception as second:
            log.error("message.not_set_aside", system=envelope.system, fault=place_of(second))
            return Reply(UNAVAILABLE)
