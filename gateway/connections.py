"""One connection's life.

Long (`Line`), both directions, many messages in flight:

    reader  bytes → frames → dialect → session → intake          one task, no task a message
    outbox  replies and pushes → one send for all that waits      one task
    clock   heartbeats, silence, sign-on deadline                 one task, asleep till there is something

Short (`answer_one`): one request, one reply; the requester closes, the hub a second later at the latest.

How a line ends. `finish`: nothing more is read, what was taken in is answered, then it is closed; so it ends
at the peer's half-close, after a bad length, at SIGTERM. `end`: at once; so it ends when the wire is broken
or when something here has a bug. Neither touches another connection.
"""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

import msgspec
import structlog
import trio

from adapters.dialect import SystemDialect
from adapters.session import Beats, Session
from adapters.session import Limits as SessionLimits
from ecif.messages import Command, Envelope, Outgoing, PushReply, Reply, SignOn, Unreadable
from formats.errors import FaultKind, FormatError
from formats.framing import FrameReader, Framing
from gateway.config.hub import Limits
from gateway.config.schema import SystemConf
from gateway.faults import place_of
from gateway.intake import BUSY, Intake, wall_clock
from gateway.limits import Budget, Seat, Throttle, masked
from gateway.lines import Lines
from gateway.statistics import Counters
from gateway.streams import Wire, WireBroken

log = structlog.get_logger("connection")

MOST_OPEN = 256
"""Messages of one line that may wait for their commit; then it is not read."""
OUTBOX_BYTES = 1_000_000
"""Unsent bytes of one line above which it is not read and gets no pushes."""
KEPT_BYTES = 256
"""What the journal keeps of bytes that are no frame."""
PART_SECONDS = 0.5
"""How long a parting peer is listened to, so that the last reply is not lost to a reset."""


@dataclass(frozen=True, slots=True)
class System:
    """What the gateway must know of one system."""

    name: str
    conf: SystemConf
    framing: Framing
    dialect: SystemDialect
    session_limits: SessionLimits


def session_limits(conf: SystemConf) -> SessionLimits:
    """What conf says about a line's times."""
    listen, beat = conf.listen, conf.heartbeat
    endpoint = listen or conf.dial
    return SessionLimits(
        sign_on_seconds=listen.sign_on_seconds if listen else None,
        silence_seconds=endpoint.silence_seconds if endpoint else None,
        beats=Beats(beat.after_seconds, beat.missed) if beat else None,
    )


@dataclass(slots=True)
class Shared:
    """What all connections of the hub have in common."""

    intake: Intake
    limits: Limits
    budget: Budget
    counters: Counters
    settled: Callable[[str, str], None] = lambda system, push_id: None
    """Told when a system's reply to a push is committed."""
    throttle: Throttle = field(default_factory=Throttle)
    clock: Callable[[], int] = wall_clock
    stopping: bool = False
    waiting: set[trio.CancelScope] = field(default_factory=set)
    """Short connections whose request has not come yet."""

    def stop(self) -> None:
        """No new request is begun; what was taken in goes on."""
        self.stopping = True
        for scope in self.waiting:
            scope.cancel()

    def note(self, event: str, system: str, **keys: object) -> None:
        """A log line about a connection, unless there have just been many of its kind."""
        hidden = self.throttle.admit(f"{event} {system} {keys.get('reason')}", trio.current_time())
        if hidden is not None:
            log.info(event, system=system, **keys, **({"not_logged": hidden} if hidden else {}))


class Outbox:
    """Frames on their way out, in order; everything that waits leaves in one send."""

    def __init__(self, wire: Wire, sent: Callable[[], None]) -> None:
        self._wire, self._sent = wire, sent
        self._frames: list[bytes] = []
        self.size = 0
        self._woken = trio.Event()
        self._closing = False

    def put(self, frame: bytes, *, last: bool = False) -> None:
        """Queue a frame. When nothing waits and none follows soon (`last`), it may leave at once."""
        if last and not self.size:
            count = self._wire.send_at_once(frame)
            if count == len(frame):
                return self._sent()
            frame = frame[count:]
        self._frames.append(frame)
        self.size += len(frame)
        self._woken.set()
        return None

    def close(self) -> None:
        """Send what is here, then end."""
        self._closing = True
        self._woken.set()

    async def run(self) -> None:
        """Send until closed."""
        while True:
            await self._woken.wait()
            self._woken = trio.Event()
            while self._frames:
                data, self._frames = b"".join(self._frames), []
                await self._wire.send(data)
                self.size -= len(data)
                self._sent()
            if self._closing:
                return


class Line:
    """A long connection of one system, whoever dialled."""

    def __init__(
        self, wire: Wire, system: System, shared: Shared, lines: Lines, seat: Seat, *, pushes: bool
    ) -> None:
        self.wire, self._system, self._shared, self._lines, self._seat = wire, system, shared, lines, seat
        self._pushes = pushes
        """Whether this system's pushes go over such lines: only there a reply to one counts."""
        self._session = Session(system.dialect, system.session_limits, now=trio.current_time())
        self._outbox = Outbox(wire, self._sent)
        self._reading = trio.CancelScope()
        self._scope = trio.CancelScope()
        self._calm = trio.lowlevel.ParkingLot()
        self._signed_on = trio.Event()
        self._open = 0
        """Messages taken in and not yet answered."""
        self._buffered = 0
        """Bytes of a half-received frame, held in the budget."""
        self.last_heard = trio.current_time()
        self.reason = ""
        """Why it ended or is ending; "" while it lives."""

    def __repr__(self) -> str:
        return f"<Line {self._system.name} {self.wire.peer} {self._open} open{' ' + self.reason}>"

    @property
    def ready(self) -> bool:
        """Whether it can carry a push now."""
        return not self.reason and self._session.ready

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
                async with trio.open_nursery() as tasks:
                    tasks.start_soon(self._guard, self._outbox.run)
                    tasks.start_soon(self._guard, self._keep_time)
                    await self._guard(self._read)
                    await self._guard(self._finish)
                    self._scope.cancel()
        finally:
            self.reason = self.reason or "cancelled"
            self._shared.budget.give_back(self._buffered)
            self._lines.left(self)
            counters.sessions[name] -= 1
            counters.line(name, self.reason)
            self._shared.note("connection.closed", name, peer=self.wire.peer, reason=self.reason)
            await self.wire.close()

    async def _guard(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except WireBroken as broken:
            self.end(broken.reason)
        except Exception as fault:
            log.error("connection.fault", system=self._system.name, fault=place_of(fault))
            self.end("fault")

    async def _read(self) -> None:
        frames = self._system.framing.reader()
        with self._reading:
            while await self._receive(frames):
                pass
        if not self.reason:
            self.reason = "frame deadline" if self._reading.cancelled_caught else "peer closed"
        if self.reason == "peer closed" and frames.partial:
            self.reason = "closed inside a frame"

    async def _receive(self, frames: FrameReader) -> bool:
        """One read and all the frames it completes; False when nothing more is to be read."""
        while self._outbox.size >= OUTBOX_BYTES:
            await self._calm.park()
        if not frames.partial:
            await self._shared.budget.wait_room()
        data = await self.wire.receive()
        if not data:
            return False
        frames.feed(data)
        while not self.reason:
            left = frames.pending
            try:
                body = frames.next_frame()
            except FormatError as error:
                if error.kind is FaultKind.LENGTH:
                    await self._unframed(error, data[-left:])
                    return False
                self._shared.counters.line(self._system.name, "bad frame")
                continue
            if body is None:
                self._watch(frames)
                return True
            await self._frame(body)
        return False

    def _watch(self, frames: FrameReader) -> None:
        """A frame begun must be complete in time, however steadily it drips."""
        self._shared.budget.hold(frames.pending - self._buffered)
        self._buffered = frames.pending
        if not frames.partial:
            if self._reading.deadline != math.inf:
                self._reading.deadline = math.inf
        elif self._reading.deadline == math.inf:
            self._reading.deadline = trio.current_time() + self._shared.limits.frame_seconds

    async def _frame(self, body: bytes) -> None:
        self.last_heard = trio.current_time()
        self._session.heard(self.last_heard)
        if not body:  # a keep-alive: it has ended the silence, that is all
            return
        at = self._shared.clock()
        step = self._session.take(self._system.dialect.read(body, at), at)
        if step.send is not None:
            self._put(step.send)
        if step.command is not None:
            await self._take_in(step.command)
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
        self.reason = self.reason or "bad length"

    def _said(self, said: bytes, _reply: Reply) -> None:
        self._open -= 1
        self._calm.unpark_all()
        self._put(said)

    async def _take_in(self, command: Command) -> None:
        """On its way to the store. A sign-on is waited for: what follows depends on it."""
        if not self._seat.take():
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
        self._calm.unpark_all()
        if isinstance(command, PushReply):
            self._shared.settled(self._system.name, command.push_id)
        try:
            self._reply(command, reply)
            if self._session.answered(command, reply):
                self.finish("refused")
            elif isinstance(command, SignOn):
                self._signed_on.set()
                self._lines.up()
        except Exception as fault:
            log.error("reply.fault", system=self._system.name, fault=place_of(fault))
            self.end("fault")

    def _reply(self, command: Command, reply: Reply) -> None:
        body = self._system.dialect.reply(command.envelope, reply, self._shared.clock())
        if body is not None:
            self._put(body)

    def _put(self, body: bytes) -> None:
        self._outbox.put(self._system.framing.wrap(body), last=not self._open)

    def _sent(self) -> None:
        self._session.sent(trio.current_time())
        self._calm.unpark_all()

    async def _keep_time(self) -> None:
        """Heartbeats, silence, sign-on. Frames only move the next moment further away; a sign-on does not."""
        while True:
            with trio.move_on_at(self._session.deadline()):
                await self._signed_on.wait()
                self._signed_on = trio.Event()
            tick = self._session.tick(trio.current_time(), self._shared.clock())
            if tick.send is not None:
                self._put(tick.send)
            if tick.close:
                return self.end(f"{tick.close} deadline")

    async def _finish(self) -> None:
        """Everything taken in is answered, everything queued is sent, the peer may read it."""
        while self._open:
            await self._calm.park()
        self._outbox.close()
        while self._outbox.size:
            await self._calm.park()
        await self.wire.part(PART_SECONDS)


def unframed(system: str, error: FormatError, data: bytes, at: int) -> Unreadable:
    """The refusal of bytes that are no frame, for the journal; only their beginning is kept."""
    kept = data[:KEPT_BYTES]
    envelope = Envelope(system, "", "", b"", None, False, sha256(kept).hexdigest(), kept, at)
    return Unreadable(envelope, "1001", error.faults[0].text())


def note_garbage(shared: Shared, system: str, data: bytes) -> None:
    """One rate-limited line about bytes that are no frame: what they look like, not what they say."""
    shared.note("frame.bad_length", system, reason=looks_like(data), bytes=masked(data))


def looks_like(data: bytes) -> str:
    if data[:2] == b"\x16\x03":
        return "tls"
    return "http" if data.split(b" ")[0] in (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS") else "unknown"
