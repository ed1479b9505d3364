"""Group commit: the messages of all connections, one batch, one transaction, then the replies.

    Line, Line, …  --submit-->  queue  --batch-->  Writer: service.take_in  --commit-->  replies, in order
                                                                               then the pushes they caused

A durable commit costs the same for one message as for two hundred, so while one batch is being committed
the next one gathers, and is committed while the replies of the first are written. A lone message is committed
at once; under load a batch waits until it has about half of what the last one had: a few milliseconds, or
while another one is in the store half as long as the last one was there.

Where the store cannot, `committing` says what is answered; whose turn it is, `writer`.

Replies are handed to `answered` of each message; the caller puts them on its connection. Nobody waits for
anybody: no task and no channel a message.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import random
from typing import TypeAlias

import structlog
import trio

from ecif.messages import Command, Reply
from ecif.store.errors import StoreError
from gateway.backoff import Backoff
from gateway.clock import wall_clock
from gateway.config.hub import Intake as IntakeConf
from gateway.faults import place_of
from gateway.intake.committing import BUSY, Committing, TakesIn
from gateway.intake.writer import Turn, Writer
from gateway.limits.budget import Budget
from gateway.statistics import Counters

log = structlog.get_logger("intake")
Answered: TypeAlias = Callable[[Reply], None]

AWAY_CAP_SECONDS = 15.0
"""A database that is away is looked for at least so often."""


@dataclass(slots=True)
class Entry:
    """A message on its way to its commit."""

    command: Command
    answered: Answered
    size: int
    since: float = field(default_factory=trio.current_time)


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
        self.committing = Committing(service, counters=counters, room=room, clock=clock)
        self._queue: deque[Entry] = deque()
        self._queued_bytes = 0
        self._last_batch, self._last_seconds = 0, 0.0
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
        self.answer(Entry(command, answered, 0), self.committing.send_away(command, BUSY))

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
                async with self._writer.turn() as turn:
                    await turn.run(self._service.next_due, "", self._clock())
            except StoreError:
                continue
            self.away = False
            log.info("store.back")
        self._room.unpark_all()

    async def _take_turn(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Cut only now: what came while the turn was waited for is in it."""
        async with self._writer.next_turn() as turn:
            batch = self._cut_batch()
            self._under_way += 1
            task_status.started()
            await self.settle(batch, turn)
            self._count(batch, turn.seconds)
            self._under_way -= 1
            self._committed()

    async def settle(self, batch: list[Entry], turn: Turn) -> None:
        """Commit, then answer. A test's mutant that answers first replaces this."""
        replies = await self.committing.commit([entry.command for entry in batch], turn)
        await turn.stored()
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
            with trio.move_on_after(self._patience()):
                await self._enough.wait()
        return bool(self._queue)

    def _patience(self) -> float:
        """Seconds."""
        least = self._conf.batch_milliseconds / 1000
        return max(least, self._last_seconds / 2) if self._under_way else least

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
        self._last_seconds = seconds

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
            "postponed": self.committing.postponed,
        }
