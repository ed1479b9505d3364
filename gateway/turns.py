"""A long line on which each side has one open request: `adapters.turns` on a socket.

Everything else about a line is `gateway.connections`. A request that stays unanswered ends the line; whoever
keeps it dials again and the push is repeated under its id.
"""

from collections.abc import Awaitable, Callable, Sequence

import trio

from adapters.dialect import HeartbeatReply, Incoming
from adapters.turns import Turns
from ecif.messages import Outgoing, PushReply
from formats.framing import NAK
from gateway.connections import Line
from gateway.limits.admission import Seat
from gateway.lines import Lines
from gateway.shared import Shared, System
from gateway.streams import Wire


def new_line(wire: Wire, system: System, shared: Shared, lines: Lines, seat: Seat, *, pushes: bool) -> Line:
    """A line as the system's [link] wants it."""
    if system.turns is None:
        return Line(wire, system, shared, lines, seat, pushes=pushes)
    turns = Turns(system.turns)
    return TurnLine(wire, system, shared, lines, seat, pushes=pushes, turns=turns)


class TurnLine(Line):
    def __init__(
        self,
        wire: Wire,
        system: System,
        shared: Shared,
        lines: Lines,
        seat: Seat,
        *,
        pushes: bool,
        turns: Turns,
    ) -> None:
        super().__init__(wire, system, shared, lines, seat, pushes=pushes)
        self._turns = turns
        self._asked = trio.Event()

    def push(self, push: Outgoing) -> None:
        self._send_all(self._turns.ask(push.push_id, push.body, trio.current_time()))

    def _test(self, body: bytes) -> None:
        id = self._system.dialect.read(body, self._shared.clock()).envelope.message_id
        self._send_all(self._turns.ask(id, body, trio.current_time()))

    def _answer(self, body: bytes) -> None:
        self._turns.reply(body)
        super()._answer(body)

    def _send_all(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._put(body)
        self._asked.set()

    async def _frame(self, body: bytes) -> None:
        if body is NAK:
            return self._repeat()
        self._turns.heard()
        self._note_heard()
        at = self._shared.clock()  # a frame without text is no keep-alive here: it has no type
        await self._message(self._system.dialect.read(body, at), at)
        return None

    async def _message(self, message: Incoming, at: int) -> None:
        """A reply frees the way for the next request. A line test's that nobody waits for is dropped."""
        if isinstance(message, PushReply | HeartbeatReply):
            id = message.push_id if isinstance(message, PushReply) else message.envelope.message_id
            expected = self._turns.is_open(id)
            self._send_all(self._turns.answered(id, trio.current_time()))
            if isinstance(message, HeartbeatReply) and not expected:
                return
        await super()._message(message, at)

    def _damaged(self) -> None:
        super()._damaged()
        self._outbox.put(NAK)
        if not self._turns.damaged():
            self.finish("three damaged frames")

    def _repeat(self) -> None:
        self._note_heard()
        bodies = self._turns.refused(trio.current_time())
        if bodies is None:
            return self.end("three refused frames")
        return self._send_all(bodies)

    def _beside(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return (*super()._beside(), self._watch_turns)

    async def _watch_turns(self) -> None:
        """The open request must be answered in time."""
        while True:
            with trio.move_on_at(self._turns.deadline()):
                await self._asked.wait()
                self._asked = trio.Event()
            if trio.current_time() >= self._turns.deadline():
                return self.end("answer deadline")
