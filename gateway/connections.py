"""A long connection's life, whoever dialled: both directions, many messages in flight.

    reader  bytes → frames → dialect → session → intake          one task, no task a message
    outbox  replies and pushes → one send for all that waits      a task while the peer is slow to take it
    clock   heartbeats, silence, sign-on deadline                 one task, asleep till there is something

Short ones, one request and one reply, are in `exchanges`.

How a line ends. `finish`: nothing more is read, what was taken in is answered, then it is closed; so it ends
at the peer's half-close, after a bad length, at SIGTERM. `end`: at once; so it ends when the wire is broken
or when something here has a bug. Neither touches another connection.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec
import structlog
import trio

from adapters.dialect import Incoming
from adapters.session import Session
from ecif.messages import Command, Outgoing, PushReply, Reply, SignOn
from formats.errors import FaultKind, FormatError
from formats.framing import FrameReader
from formats.framing_base import LOST
from gateway.faults import place_of
from gateway.garbage import no_end, note_garbage, unframed, worth_keeping
from gateway.intake.committing import BUSY
from gateway.limits.admission import Seat
from gateway.lines import Lines
from gateway.outbox import Outbox
from gateway.shared import Shared, System
from gateway.streams import Wire, WireBroken

log = structlog.get_logger("connection")

MOST_OPEN = 256
"""Messages of one line that may wait for their commit; then it is not read."""
OUTBOX_BYTES = 1_000_000
"""Unsent bytes of one line above which it is not read and gets no pushes."""
PART_SECONDS = 0.5
"""How long a parting peer is listened to, so that the last reply is not lost to a reset."""


class Line:
    """A long connection of one system, whoever dialled."""

    def __init__(
        self, wire: Wire, system: System, shared: Shared, lines: Lines, seat: Seat, *, pushes: bool
    ) -> None:
        self.wire, self._system, self._shared, self._lines, self._seat = wire, system, shared, lines, seat
        self._pushes = pushes
        """Whether this system's pushes go over such lines: only there a reply to one counts."""
        self._session = Session(system.dialect, system.session_limits, now=trio.current_time())
        self._outbox = Outbox(wire, sent=self._sent, begin=self._begin_sending)
        self._tasks: trio.Nursery | None = None
        self._reading = trio.CancelScope()
        self._scope = trio.CancelScope()
        self._calm = trio.lowlevel.ParkingLot()
        self.signed_on = False
        """Whether its sign-on was accepted."""
        self._signed_on = trio.Event()
        self._open = 0
        """Messages taken in and not yet answered."""
        self._buffered = 0
        """Bytes of a half-received frame, held in the budget."""
        self._frame_begun = math.inf
        """Since when that frame comes, by its sender's time."""
        self.last_heard = trio.current_time()
        self.reason = ""
        """Why it ended or is ending; "" while it lives."""

    def __repr__(self) -> str:
        return f"<Line {self._system.name} {self.wire.peer} {self._open} open{' ' + self.reason}>"

    @property
    def ready(self) -> bool:
        """Whether it can carry a push now."""
        return not self.reason and self._session.ready

    @property
    def leaving(self) -> bool:
        """Whether it is ending, and has a place that others wait for."""
        return bool(self.reason) and self._seat.held

    def push(self, push: Outgoing) -> None:
        """Queue a push; the window of its system bounds how many."""
        self._put(push.body)

    def end(self, reason: str) -> None:
        """Close at once."""
        self.reason = self.reason or reason
        self._scope.cancel()

    def finish(self, reason: str) -> None:
        """Stop reading, answer what was taken in, close."""
        self.reason = self.reason or reason
        self._reading.cancel()

    async def run(self) -> None:
        """Until it has ended. Faults end here: they never reach another connection."""
        name, counters = self._system.name, self._shared.counters
        self._lines.came(self)
        counters.sessions[name] += 1
        self._shared.note("connection.opened", name, peer=self.wire.peer)
        if self._shared.stopping:
            self.finish("stopping")
        try:
            with self._scope:
                async with trio.open_nursery() as self._tasks:
                    for task in self._beside():
                        self._tasks.start_soon(self._guard, task)
                    await self._guard(self._greet)
                    await self._guard(self._read)
                    await self._guard(self._finish)
                    self._scope.cancel()
        finally:
            self._tasks = None
            self.reason = self.reason or "cancelled"
            self._shared.budget.give_back(self._buffered)
            self._shared.budget.end_turn(self)
            self._lines.left(self)
            counters.sessions[name] -= 1
            counters.line(name, self.reason)
            self._shared.note("connection.closed", name, peer=self.wire.peer, reason=self.reason)
            await self.wire.close()

    def _beside(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What runs beside the reading."""
        return (self._keep_time,)

    def _begin_sending(self) -> None:
        """Replies may still come for a line that has ended: they leave no more."""
        if self._tasks is not None:
            self._tasks.start_soon(self._guard, self._outbox.run)

    async def _guard(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except WireBroken as broken:
            self.end(broken.reason)
        except Exception as fault:
            log.error("connection.fault", system=self._system.name, fault=place_of(fault))
            self.end("fault")

    async def _greet(self) -> None:
        greeting = self._session.greet(self._shared.clock())
        if greeting is not None:
            self._put(greeting)

    async def _read(self) -> None:
        frames = self._system.framing.reader()
        with self._reading:
            while await self._receive(frames):
                pass
        if not self.reason:
            self.reason = "frame deadline" if self._reading.cancelled_caught else "peer closed"
        if self.reason == "frame deadline":
            await self._keep(no_end(self._system.name), frames.begun)
        if self.reason == "peer closed" and frames.partial:
            self.reason = "closed inside a frame"

    async def _receive(self, frames: FrameReader) -> bool:
        """One read and all the frames it completes; False when nothing more is to be read."""
        await self._wait_calm(frames)
        data = await self._hear(frames)
        if not data:
            return False  # long lines have no frame that ends here (`check_system`)
        frames.feed(data)
        while not self.reason:
            try:
                body = frames.next_frame()
            except FormatError as error:
                if error.kind is FaultKind.LENGTH:
                    await self._unframed(error, frames.lost)
                    return False
                self._damaged()
                await self._keep(error, frames.lost)
                continue
            if body is None:
                self._watch(frames)
                return True
            self._frame_begun = math.inf
            await self._frame(body)
        return False

    async def _wait_calm(self, frames: FrameReader) -> None:
        """How long the hub itself is not ready to read is not the peer's time."""
        before = trio.current_time()
        while self._outbox.size >= OUTBOX_BYTES:
            await self._calm.park()
        if frames.partial:
            await self._shared.budget.wait_more(self)
        else:
            await self._shared.budget.wait_room()
        self._frame_begun += trio.current_time() - before

    async def _hear(self, frames: FrameReader) -> bytes:
        if not frames.partial:
            return await self.wire.receive()
        self._reading.deadline = self._shared.frame_time.until(self._frame_begun, frames.pending)
        data = await self.wire.receive()
        self._reading.deadline = math.inf
        return data

    def _watch(self, frames: FrameReader) -> None:
        """A frame begun must be complete in time, however steadily it drips."""
        self._shared.budget.hold(frames.pending - self._buffered)
        self._buffered = frames.pending
        if not frames.partial:
            self._shared.budget.end_turn(self)
            self._frame_begun = math.inf
        elif self._frame_begun == math.inf:
            self._frame_begun = trio.current_time()

    def _damaged(self) -> None:
        """A frame whose check is wrong costs itself, not the line."""
        self._shared.counters.line(self._system.name, "bad frame")

    async def _frame(self, body: bytes) -> None:
        self._note_heard()
        if not body:  # a keep-alive: it has ended the silence, that is all
            return
        at = self._shared.clock()
        await self._message(self._system.dialect.read(body, at), at)

    def _note_heard(self) -> None:
        self.last_heard = trio.current_time()
        self._session.heard(self.last_heard)

    async def _message(self, message: Incoming, at: int) -> None:
        step = self._session.take(message, at)
        if step.send is not None:
            self._answer(step.send)
        if step.opened:
            self._signed_on.set()
            self._lines.up()
        if step.command is not None:
            await self._take_in(step.command)
        if step.passed_over:
            self._shared.counters.line(self._system.name, step.passed_over)
        if step.close:
            self.finish("refused")

    async def _unframed(self, error: FormatError, data: bytes) -> None:
        """A length that cannot be: the line cannot be found again, so it ends after its last words.

        Where there is an answer it waits for its journal row like any other; strangers leave no row.
        """
        at = self._shared.clock()
        note_garbage(self._shared, self._system.name, data)
        said = self._session.unframed(error, at)
        if said is not None:
            command = unframed(self._system.name, error, data, at)
            await self._shared.intake.submit(command, partial(self._said, said))
            self._open += 1
        else:
            await self._keep(error, data)
        self.reason = self.reason or "bad length"

    def _said(self, said: bytes, reply: Reply) -> None:
        self._kept(reply)
        self._put(said)

    async def _keep(self, error: FormatError, data: bytes) -> None:
        """Bytes that nobody is told of: in the journal, for whoever looks for what is missing."""
        if worth_keeping(self._shared, self._system.name):
            command = unframed(self._system.name, error, data, self._shared.clock(), LOST)
            await self._shared.intake.submit(command, self._kept)
            self._open += 1

    def _kept(self, _reply: Reply) -> None:
        self._open -= 1
        self._calmed()

    async def _take_in(self, command: Command) -> None:
        """On its way to the store. A sign-on is waited for: what follows depends on it."""
        if not self._seat.take() and (self.signed_on or not self._seat.may_wait):
            return self._turn_away(command)
        if isinstance(command, PushReply) and not self._pushes:
            command = msgspec.structs.replace(command, push_id="")
        while self._open >= MOST_OPEN:
            await self._calm.park()
        await self._shared.intake.submit(command, partial(self._answered, command))
        self._open += 1
        while isinstance(command, SignOn) and self._open:
            await self._calm.park()
        return None

    def _turn_away(self, command: Command) -> None:
        """One connection too many, where the sheet has an answer for it."""
        self._shared.counters.line(self._system.name, "busy")
        self._reply(command, Reply(BUSY))
        self._session.answered(command, Reply(BUSY))
        self.finish("busy")

    def _answered(self, command: Command, reply: Reply) -> None:
        """Called by intake right after the commit."""
        self._open -= 1
        self._calmed()
        if isinstance(command, PushReply):
            self._shared.settled(self._system.name, command.push_id)
        try:
            self._reply(command, reply)
            if self._session.answered(command, reply):
                self.finish("refused")
            elif isinstance(command, SignOn):
                self._seat.take_by_right()
                self.signed_on = True
                self._signed_on.set()
                self._lines.up()
        except Exception as fault:
            log.error("reply.fault", system=self._system.name, fault=place_of(fault))
            self.end("fault")

    def _reply(self, command: Command, reply: Reply) -> None:
        body = self._system.dialect.reply(command.envelope, reply, self._shared.clock())
        if body is not None:
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        self._put(body)

    def _test(self, body: bytes) -> None:
        """A heartbeat of the hub's own."""
        self._put(body)

    def _put(self, body: bytes) -> None:
        """At once unless several messages are open: their answers follow, and leave in one send."""
        self._outbox.put(self._system.framing.wrap(body), last=self._open <= 1)

    def _sent(self) -> None:
        self._session.sent(trio.current_time())
        self._calmed()

    def _calmed(self) -> None:
        """Fewer messages are open or fewer bytes unsent than before: who waits for that may look again."""
        if self._calm:
            self._calm.unpark_all()

    async def _keep_time(self) -> None:
        """Heartbeats, silence, sign-on. Frames only move the next moment further away; a sign-on does not."""
        while True:
            with trio.move_on_at(self._session.deadline()):
                await self._signed_on.wait()
                self._signed_on = trio.Event()
            tick = self._session.tick(trio.current_time(), self._shared.clock())
            if tick.send is not None:
                self._test(tick.send)
            if tick.close:
                return self.end(f"{tick.close} deadline")

    async def _finish(self) -> None:
        """Everything taken in is answered, everything queued is sent, the peer may read it."""
        while self._open:
            await self._calm.park()
        while self._outbox.size:
            await self._calm.park()
        await self.wire.part(PART_SECONDS)
