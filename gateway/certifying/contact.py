"""One connection to the system under examination, with the hub's own manners on it.

What the hub would do by itself is done here by the same code (`adapters.session`): greet, take a sign-on,
answer line tests and requests. The rest is kept for whoever asks: replies by id, line tests answered, damage
said. Nothing is read in the background: `wait` reads until what is waited for is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from adapters.commands.incoming import Heartbeat, HeartbeatReply, Incoming
from adapters.session import Session
from ecif.messages import Command, CustomerImage, PushReply, Reply, Unreadable
from formats.errors import FaultKind, FormatError
from formats.framing import NAK
from gateway.examples import ECIF_NO
from gateway.shared import System
from gateway.streams import Wire, WireBroken


@dataclass
class Heard:
    """What the system said of its own accord, on all its connections: type, id and fault, no content."""

    digests: dict[str, str] = field(default_factory=dict)
    """Message id → what it stood for."""
    types: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    customer_no: str = ""
    """Of its first customer message."""
    kind: str = "person"


class Contact:
    def __init__(self, wire: Wire, system: System, heard: Heard, clock: Callable[[], int]) -> None:
        self.wire, self._system, self._heard, self._clock = wire, system, heard, clock
        self.session = Session(system.dialect, system.session_limits)
        self._frames = system.framing.reader(system.name)
        self.replies: dict[str, PushReply] = {}
        """Push id → the first answer to it."""
        self.line_tests: set[str] = set()
        """Ids of line tests that were answered."""
        self.strays: list[str] = []
        """Types of messages that answer nothing."""
        self.naks = 0
        self.ended = ""
        """Why nothing more can be heard."""

    async def send(self, body: bytes) -> None:
        await self.send_bytes(self._system.framing.wrap(body))

    async def send_bytes(self, data: bytes, *, last: bool = True) -> None:
        """Raises WireBroken. `last`: nothing of this request follows."""
        await self.wire.send(data)
        if last and self._system.framing.until_end:
            await self.wire.finish_writing()

    async def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Whether it came to that, before the time was over or the line at its end."""
        with trio.move_on_after(seconds):
            while not until() and not self.ended:
                await self._read()
        return until()

    async def wait_end(self, seconds: float) -> bool:
        return await self.wait(lambda: bool(self.ended), seconds)

    async def close(self) -> None:
        self.ended = self.ended or "closed here"
        await self.wire.close()

    async def _read(self) -> None:
        try:
            data = await self.wire.receive()
        except WireBroken as broken:
            self.ended = broken.reason
            return
        self._frames.feed(data)
        if not data:
            self._frames.end()
        while (body := self._next()) is not None:
            await self._take(body)
        if not data:
            self.ended = self.ended or "closed"

    def _next(self) -> bytes | None:
        try:
            return self._frames.next_frame()
        except FormatError as error:
            self._heard.faults.append(f"a frame: {error}")
            if error.kind is FaultKind.LENGTH:
                self.ended = "no frame"
                return None
            return b""

    async def _take(self, body: bytes) -> None:
        if body is NAK:
            self.naks += 1
        elif body:
            message = self._system.dialect.read(body, self._clock())
            self._keep(message)
            await self._answer(message)

    def _keep(self, message: Incoming) -> None:
        match message:
            case HeartbeatReply():
                self.line_tests.add(message.envelope.message_id)
            case PushReply():
                if message.push_id:
                    self.replies.setdefault(message.push_id, message)
                else:
                    self.strays.append(message.envelope.type)
            case Heartbeat():
                self._heard.types.append(message.envelope.type)
            case _:
                self._note(message)

    def _note(self, message: Command) -> None:
        envelope, heard = message.envelope, self._heard
        heard.types.append(envelope.type)
        if isinstance(message, Unreadable):
            heard.faults.append(f"{envelope.type or 'a message'}: {message.code} {message.text}".rstrip())
        elif isinstance(message, CustomerImage) and not heard.customer_no:
            heard.customer_no = message.change.customer_no
            heard.kind = str(message.change.values.get("kind") or "person")
        if envelope.message_id:
            before = heard.digests.setdefault(envelope.message_id, envelope.digest)
            if before != envelope.digest:
                heard.faults.append(f"{envelope.type}: an id came again with other content")

    async def _answer(self, message: Incoming) -> None:
        """As the hub would, had it nothing to object to but the form."""
        step = self.session.take(message, self._clock())
        said = step.send
        if step.command is not None and not isinstance(step.command, PushReply):
            reply = self._reply(step.command)
            said = self._system.dialect.reply(step.command.envelope, reply, self._clock())
            self.session.answered(step.command, reply)
        try:
            if said is not None:
                await self.send(said)
        except WireBroken as broken:
            self.ended = broken.reason

    def _reply(self, command: Command) -> Reply:
        if isinstance(command, Unreadable):
            return Reply(command.code, text=command.text)
        return Reply("0000", ECIF_NO, 1)
