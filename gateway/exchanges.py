"""Short connections: one request, one reply, close. Both ways.

`answer_one`: a system asks. It closes after the reply; the hub does so a moment later at the latest.
`ask_one`: the hub pushes. The reply counts only here and only with the push's own id.
"""

from math import inf

import msgspec
import trio

from adapters.dialect import Heartbeat, HeartbeatReply
from ecif.messages import Command, Outgoing, PushReply, Reply
from formats.errors import FormatError
from formats.framing import FrameReader
from gateway.config.transport import Listen
from gateway.connections import PART_SECONDS
from gateway.garbage import note_garbage, unframed
from gateway.limits.admission import Seat
from gateway.shared import Shared, System
from gateway.streams import Wire, WireBroken


class BadLength(Exception):
    """Bytes that are no frame."""

    def __init__(self, error: FormatError, data: bytes) -> None:
        super().__init__(str(error))
        self.error, self.data = error, data


async def answer_one(wire: Wire, system: System, conf: Listen, shared: Shared, seat: Seat) -> None:
    """From the first byte to the close. WireBroken where there is nobody to answer.

    One scope for all of it, whose deadline moves: first the request's, at last the requester's to leave.
    """
    shared.counters.sessions[system.name] += 1
    body = b""
    try:
        with trio.CancelScope(deadline=trio.current_time() + shared.limits.frame_seconds) as scope:
            body = await _request(wire, system, shared, scope)
            scope.deadline = inf
            answer = await _answer(body, system, shared, seat)
            if answer is not None:
                await wire.send(system.framing.wrap(answer))
                scope.deadline = trio.current_time() + conf.linger_seconds
                await wire.wait_end()
        if not body:
            raise WireBroken("stopping" if shared.stopping else "frame deadline")
    except BadLength as bad:
        await _refuse(bad, wire, system, shared)
    finally:
        shared.counters.sessions[system.name] -= 1
        await wire.close()


async def _request(wire: Wire, system: System, shared: Shared, scope: trio.CancelScope) -> bytes:
    """The request; not waited for any longer when the hub is stopping."""
    shared.waiting.add(scope)
    try:
        body = await _read_frame(wire, system, shared, scope)
    finally:
        shared.waiting.discard(scope)
    if scope.cancel_called:  # it came too late: its answer could not be waited for
        await trio.lowlevel.checkpoint()
    return body


async def _answer(body: bytes, system: System, shared: Shared, seat: Seat) -> bytes | None:
    """Have a request answered. None: nothing is answered."""
    message = system.dialect.read(body, shared.clock())
    if isinstance(message, HeartbeatReply):
        return None
    if isinstance(message, Heartbeat):
        return system.dialect.heartbeat_answer(message, shared.clock())
    if not seat.take():
        shared.counters.line(system.name, "busy")
        return system.dialect.busy(message.envelope, shared.clock())
    reply = await _commit(shared, _uncounted(message))
    return system.dialect.reply(message.envelope, reply, shared.clock())


async def ask_one(wire: Wire, push: Outgoing, system: System, shared: Shared, reply_seconds: float) -> bool:
    """Send a push and wait for its reply. Whether the reply came and is committed."""
    try:
        await wire.send(system.framing.wrap(push.body))
        if system.framing.until_end:
            await wire.finish_writing()
        body = b""
        with trio.move_on_after(reply_seconds) as scope:
            body = await _read_frame(wire, system, shared, scope)
        if not body:
            raise WireBroken("frame deadline")
        message = system.dialect.read(body, shared.clock())
        if isinstance(message, Heartbeat | HeartbeatReply):
            return False
        own = isinstance(message, PushReply) and message.push_id == push.push_id
        await _commit(shared, message if own else _uncounted(message))
        if own:
            shared.settled(system.name, push.push_id)
        return own
    except BadLength as bad:
        raise WireBroken("bad length") from bad
    finally:
        await wire.close()


async def _refuse(bad: BadLength, wire: Wire, system: System, shared: Shared) -> None:
    """The answer to bytes that are no frame, where there is one; then the hub does not wait to be left."""
    at = shared.clock()
    said = system.dialect.unframed(bad.error, at)
    if said is not None:
        await _commit(shared, unframed(system.name, bad.error, bad.data, at))
        await wire.send(system.framing.wrap(said))
    shared.counters.line(system.name, "bad length")
    await wire.part(PART_SECONDS)


def _uncounted(command: Command) -> Command:
    """A reply to a push counts only on the connection the push left on: elsewhere it is journalled merely."""
    return msgspec.structs.replace(command, push_id="") if isinstance(command, PushReply) else command


async def _commit(shared: Shared, command: Command) -> Reply:
    """Through intake like every message; waits for the reply."""
    replies: list[Reply] = []
    done = trio.Event()

    def answered(reply: Reply) -> None:
        replies.append(reply)
        done.set()

    await shared.intake.submit(command, answered)
    await done.wait()
    return replies[0]


async def _read_frame(wire: Wire, system: System, shared: Shared, scope: trio.CancelScope) -> bytes:
    """The first frame that is not a keep-alive, never empty. One that drips ends the scope early."""
    frames, budget = system.framing.reader(), shared.budget
    await budget.wait_room()
    held, at_last, begun = 0, scope.deadline, inf
    try:
        while True:
            body = await _read_on(frames, wire, system, shared)
            if body:
                return body
            before, scope.deadline = trio.current_time(), at_last
            budget.hold(frames.pending - held)
            held = frames.pending
            await budget.wait_more(wire)
            begun = _begun(frames, begun, before)
            scope.deadline = min(at_last, shared.frame_time.until(begun, held))
    finally:
        budget.give_back(held)
        budget.end_turn(wire)


def _begun(frames: FrameReader, begun: float, before: float) -> float:
    """Since when the frame comes; what the hub itself waited since `before` is not the peer's time."""
    if not frames.partial:
        return inf
    return trio.current_time() if begun == inf else begun + trio.current_time() - before


async def _read_on(frames: FrameReader, wire: Wire, system: System, shared: Shared) -> bytes:
    """One read, and the frame that it completes; empty while there is none."""
    data = wire.receive_at_once() or await wire.receive()
    frames.feed(data)
    if not data:
        frames.end()
    left = frames.pending
    try:
        while (body := frames.next_frame()) is not None:
            if body:
                return body
    except FormatError as error:
        note_garbage(shared, system.name, data[-left:])
        raise BadLength(error, data[-left:]) from None
    if not data:
        raise WireBroken("closed inside a frame" if frames.partial else "closed without a request")
    return b""
