"""Group commit: the messages of all connections, one batch, one transaction, then the replies.

    Line, Line, …  --submit-->  queue  --batch-->  Writer: service.take_in  --commit-->  replies, in order
                                                                               then the pushes they caused

A durable commit costs the same for one message as for two hundred, so while one batch is being committed the
next one gathers, and is committed while the replies of the first are written. A lone message is committed at
once; under load a batch waits a few milliseconds until it has about half of what the last one had.

What can go wrong:

- one message makes the service raise: the batch is halved until that message stands alone; it is set aside
  and answered 9999, the rest goes through;
- the database is locked: a few tries, then 9001 for the whole batch; the disk is full or the store fails:
  9002; memory runs short: 9001 before anything is queued. None uses up a message id. Later images of a
  customer whose image was sent away are sent away too until that one has come again, or its change would be
  overtaken (interfaces: Order).

Replies are handed to `answered` of each message; the caller puts them on its connection. Nobody waits for
anybody: no task and no channel a message.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import random
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
import trio

from ecif.messages import Command, CustomerImage, Reply
from ecif.store.errors import Crossed, StoreError, StoreLocked, StoreUnreachable
from gateway.backoff import Backoff
from gateway.config.hub import Intake as IntakeConf
from gateway.faults import place_of
from gateway.limits import Budget
from gateway.statistics import Counters

log = structlog.get_logger("intake")
T = TypeVar("T")
Answered: TypeAlias = Callable[[Reply], None]

BUSY, UNAVAILABLE = "9001", "9002"
LOCKED_PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds between the tries at a locked database; each try also waits inside the database."""
AWAY_CAP_SECONDS = 15.0
"""A database that is away is looked for at least so often."""
POSTPONED_SECONDS = 120.0
"""How long later images of a customer wait for the one that was sent away."""


class TakesIn(Protocol):
    """The half of `ecif.service.Service` that intake needs."""

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int]) -> list[Reply]: ...

    def set_aside(self, command: Command, reason: str, now: int) -> Reply: ...

    def next_due(self, system: str, now: int) -> int | None: ...


def wall_clock() -> int:
    """Microseconds UTC."""
    return time.time_ns() // 1000


class Writer:
    """One transaction at a time: intake and delivery take turns, in the order they asked.

    What follows from a transaction is done in the event loop before what follows from the next: replies are
    queued before delivery can take the pushes they caused. A turn that has said `stored` lets the next one's
    transaction begin meanwhile, so that the store need not wait for replies to be written.
    """

    def __init__(self, *, inline: bool = False) -> None:
        self._turn, self._telling = trio.StrictFIFOLock(), trio.StrictFIFOLock()
        self._thread = trio.CapacityLimiter(1)
        self._inline = inline
        """Deterministic tests run the store in the event loop: mock clocks and threads do not agree."""
        self.unreachable: Callable[[], None] = lambda: None
        """Called whenever the database cannot be reached, whoever asked it."""

    async def __aenter__(self) -> None:
        await self._turn.acquire()

    async def __aexit__(self, *_: object) -> None:
        task = trio.lowlevel.current_task()
        for lock in (self._turn, self._telling):
            if lock.statistics().owner is task:
                lock.release()

    async def stored(self) -> None:
        """The transaction is over, what follows from it is not."""
        await self._telling.acquire()
        self._turn.release()
        for _ in range(3):  # who waited for the turn is woken, and has begun when this goes on
            await trio.lowlevel.checkpoint()

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it in the worker thread. A call once begun ends, also when this task is cancelled."""
        try:
            if self._inline:
                await trio.lowlevel.checkpoint()
                return function(*arguments)
            return await trio.to_thread.run_sync(function, *arguments, limiter=self._thread)
        except StoreUnreachable:
            self.unreachable()
            raise


@dataclass(slots=True)
class Entry:
    """A message on its way to its commit."""

    command: Command
    answered: Answered
    size: int
    since: float = field(default_factory=trio.current_time)


class Postponed:
    """Customers whose image was answered 9001 or 9002: nothing newer of them may pass before it."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def sent_away(self, command: Command, now: float) -> None:
        if isinstance(command, CustomerImage):
            key = (command.envelope.system, command.change.customer_no)
            first = min(self._waiting.get(key, (command.change.seq, 0.0))[0], command.change.seq)
            self._waiting[key] = (first, now + POSTPONED_SECONDS)

    def must_wait(self, command: Command, now: float) -> bool:
        if not self._waiting or not isinstance(command, CustomerImage):
            return False
        key = (command.envelope.system, command.change.customer_no)
        first, until = self._waiting.get(key, (0, 0.0))
        if now < until and command.change.seq > first:
            return True
        self._waiting.pop(key, None)
        return False


class Intake:
    """The queue before the store and the one task that empties it."""

    def __init__(
        self,
        service: TakesIn,
        writer: Writer,
        conf: IntakeConf,
        *,
        counters: Counters,
        budget: Budget,
        committed: Callable[[], None] = lambda: None,
        room: Callable[[], Mapping[str, int]] = dict,
        clock: Callable[[], int] = wall_clock,
        chance: Callable[[], float] = random,
    ) -> None:
        self._service, self._writer, self._conf = service, writer, conf
        self._chance = chance
        self._counters, self._budget, self._committed, self._clock = counters, budget, committed, clock
        self._room_for_pushes = room
        self._queue: deque[Entry] = deque()
        self._queued_bytes = 0
        self._last_batch = 0
        self._room = trio.lowlevel.ParkingLot()
        self._work = trio.Event()
        self._enough = trio.Event()
        self._closing = False
        self.away = False
        """The database cannot be reached: sockets are not read until it can."""
        self._shedding = False
        self._tasks: trio.Nursery | None = None
        self._closed = trio.Event()
        writer.unreachable = self._went_away
        self._under_way = 0
        """Batches taken and not yet answered."""
        self._postponed = Postponed()

    def __repr__(self) -> str:
        return f"<Intake {len(self._queue)} waiting>"

    async def submit(self, command: Command, answered: Answered) -> None:
        """Queue a message; waits while the queue is full or the database away. `answered` is called once,
        after the commit."""
        while len(self._queue) >= self._conf.queue_messages or self.away:
            await self._room.park()
        if self._shedding:
            return await self._turn_away(command, answered)
        entry = Entry(command, answered, len(command.envelope.raw))
        self._queue.append(entry)
        self._queued_bytes += entry.size
        self._budget.hold(entry.size)
        self._work.set()
        if self._is_enough():
            self._enough.set()
        return None

    def shed(self, now: bool) -> None:
        """Whether messages are answered 9001 before anything of them is held (gateway.memory)."""
        self._shedding = now

    async def _turn_away(self, command: Command, answered: Answered) -> None:
        await trio.lowlevel.checkpoint()
        self._postponed.sent_away(command, trio.current_time())
        self.answer(Entry(command, answered, 0), Reply(BUSY))

    def close(self) -> None:
        """Take what is queued, then end."""
        self._closing = True
        self._closed.set()
        self._work.set()
        self._enough.set()

    async def run(self) -> None:
        """One batch in the store, and perhaps one whose replies are being written."""
        async with trio.open_nursery() as batches:
            self._tasks = batches
            while await self._wait_batch():
                await batches.start(self._take_turn)

    def _went_away(self) -> None:
        if not self.away and self._tasks is not None:
            self.away = True
            log.error("store.away")
            self._tasks.start_soon(self._come_back)

    async def _come_back(self) -> None:
        """Asks the database for anything, less and less often, until it answers."""
        patience = Backoff(cap=AWAY_CAP_SECONDS, chance=self._chance)
        while self.away and not self._closing:
            with trio.move_on_after(patience.failed()):
                await self._closed.wait()
            try:
                async with self._writer:
                    await self._writer.run(self._service.next_due, "", self._clock())
            except StoreError:
                continue
            self.away = False
            log.info("store.back")
        self._room.unpark_all()

    async def _take_turn(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Cut only now: what came while the turn was waited for is in it."""
        async with self._writer:
            batch = self._cut_batch()
            self._under_way += 1
            task_status.started()
            started = trio.current_time()
            await self.settle(batch)
            self._count(batch, trio.current_time() - started)
            self._under_way -= 1
            self._committed()

    async def settle(self, batch: list[Entry]) -> None:
        """Commit, then answer. A test's mutant that answers first replaces this."""
        replies = await self.commit(batch)
        await self._writer.stored()
        for entry, reply in zip(batch, replies, strict=True):
            self.answer(entry, reply)

    def answer(self, entry: Entry, reply: Reply) -> None:
        """Hand a reply over. A fault in the connection that gets it is that connection's own."""
        envelope = entry.command.envelope
        self._counters.came(envelope.system, envelope.type, reply.code, trio.current_time() - entry.since)
        try:
            entry.answered(reply)
        except Exception as fault:
            log.error("reply.failed", system=envelope.system, id=envelope.message_id, fault=place_of(fault))

    async def commit(self, batch: Sequence[Entry]) -> list[Reply]:
        """One reply each, in order; what must wait for an earlier image of its customer gets 9001."""
        now = trio.current_time()
        waits = [self._postponed.must_wait(entry.command, now) for entry in batch]
        commands = [entry.command for entry, wait in zip(batch, waits, strict=True) if not wait]
        replies = iter(await self._commit(commands) if commands else [])
        return [Reply(BUSY) if wait else next(replies) for wait in waits]

    async def _commit(self, commands: Sequence[Command]) -> list[Reply]:
        for seconds in (*LOCKED_PAUSES, None):
            try:
                room = self._room_for_pushes()
                return await self._writer.run(self._service.take_in, commands, self._clock(), room)
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
                return await self._halve(commands, fault)
        raise AssertionError("the last try always returns")

    def _send_away(self, commands: Sequence[Command], trouble: Exception, code: str) -> list[Reply]:
        said = str(trouble) or type(trouble).__name__
        log.error("store.trouble", code=code, messages=len(commands), trouble=said)
        now = trio.current_time()
        for command in commands:
            self._postponed.sent_away(command, now)
        return [Reply(code) for _ in commands]

    async def _halve(self, commands: Sequence[Command], fault: Exception) -> list[Reply]:
        """The batch has a message that makes the service raise: find it, let the others through."""
        if len(commands) == 1:
            return [await self._set_aside(commands[0], fault)]
        self._counters.split_batches += 1
        middle = len(commands) // 2
        return [*await self._commit(commands[:middle]), *await self._commit(commands[middle:])]

    async def _set_aside(self, command: Command, fault: Exception) -> Reply:
        envelope, reason = command.envelope, place_of(fault)
        log.error("message.failed", system=envelope.system, id=envelope.message_id, fault=reason)
        try:
            return await self._writer.run(self._service.set_aside, command, reason, self._clock())
        except StoreError as trouble:
            return self._send_away([command], trouble, UNAVAILABLE)[0]
        except Exception as second:
            log.error("message.not_set_aside", system=envelope.system, fault=place_of(second))
            return Reply(UNAVAILABLE)

    async def _wait_batch(self) -> bool:
        """Whether there is a batch to take: at once when idle, after a little company under load."""
        if not self._queue:
            if self._closing:
                return False
            self._work = trio.Event()
            await self._work.wait()
        elif not self._closing:
            await trio.lowlevel.checkpoint()
        if not self._is_enough() and not self._closing:
            self._enough = trio.Event()
            with trio.move_on_after(self._conf.batch_milliseconds / 1000):
                await self._enough.wait()
        return bool(self._queue)

    def _is_enough(self) -> bool:
        wanted = min(self._conf.batch_messages, self._last_batch // 2)
        return len(self._queue) > wanted or self._queued_bytes >= self._conf.batch_bytes

    def _cut_batch(self) -> list[Entry]:
        batch: list[Entry] = []
        size = 0
        while self._queue and len(batch) < self._conf.batch_messages and size < self._conf.batch_bytes:
            batch.append(self._queue.popleft())
            size += batch[-1].size
        self._queued_bytes -= size
        self._last_batch = len(batch)
        self._room.unpark(count=len(batch))
        return batch

    def _count(self, batch: Sequence[Entry], seconds: float) -> None:
        self._budget.give_back(sum(entry.size for entry in batch))
        self._counters.batch_messages.add(len(batch))
        self._counters.batch_seconds.add(seconds)

    @property
    def busy(self) -> bool:
        """Whether a batch is under way or about to be."""
        return bool(self._queue) or self._under_way > 0

    def statistics(self) -> dict[str, int]:
        return {
            "queued": len(self._queue),
            "away": int(self.away),
            "shedding": int(self._shedding),
            "queued_bytes": self._queued_bytes,
            "bytes_in_flight": self._budget.taken,
            "postponed": len(self._postponed),
        }
