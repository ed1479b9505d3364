"""A system small enough to read in a test: words in frames with a 2-byte length.

"C id customer seq"   customer image       answered "A id code"
"S id nonce"          sign-on              answered "A id code"
"H id" / "h id"       heartbeat / its answer
"R id code"           reply to push `id`
anything else         unreadable           answered "A id 1001"
""                    keep-alive
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import trio

from adapters.dialect import Heartbeat, HeartbeatReply, SystemDialect
from adapters.session import Limits as SessionLimits
from ecif.messages import (
    Command,
    CustomerImage,
    Envelope,
    Outgoing,
    PushReply,
    Reply,
    SignOn,
    Unreadable,
)
from ecif.model import PartyChange
from formats.errors import FormatError
from formats.framing import BinaryLength, Framing
from gateway.config.hub import Intake as IntakeConf
from gateway.config.hub import Limits
from gateway.config.schema import SystemConf
from gateway.connections import Line
from gateway.intake.intake import Intake
from gateway.limits.admission import Places, Seat
from gateway.limits.budget import Budget
from gateway.lines import Lines
from gateway.shared import Shared, System
from gateway.statistics import Counters
from gateway.streams import Wire

from .fakes import FakeService
from .inline import InlineWriter

FRAMING = BinaryLength(kind="binary_length", size=2, limit=200, keep_alive=True)


def frames(*texts: str) -> bytes:
    return b"".join(FRAMING.wrap(text.encode()) for text in texts)


@dataclass
class TinyDialect:
    """Only what connections ask of a dialect."""

    name: str = "tiny"
    sign_on: SimpleNamespace | None = None
    greeting: None = None
    fault_on: str = ""

    def read(self, body: bytes, received_at: int) -> Command | Heartbeat | HeartbeatReply:
        kind, _, rest = body.decode().partition(" ")
        words = rest.split()
        envelope = Envelope(self.name, kind, words[0] if words else "", b"", 0, False, "", body, received_at)
        if self.fault_on and self.fault_on in rest:
            raise RuntimeError("a bug of ours")
        match kind:
            case "C" if len(words) == 3:
                return CustomerImage(envelope, PartyChange(words[1], int(words[2]), 0, False, {}))
            case "S":
                return SignOn(envelope, words[1], 0)
            case "H":
                return Heartbeat(envelope)
            case "h":
                return HeartbeatReply(envelope)
            case "R":
                return PushReply(envelope, words[0], words[1])
        return Unreadable(envelope, "1001", "x@0 unknown")

    def reply(self, envelope: Envelope, reply: Reply, now: int) -> bytes | None:
        return None if envelope.type == "R" else f"A {envelope.message_id} {reply.code}".encode()

    def busy(self, envelope: Envelope, now: int) -> bytes | None:
        return self.reply(envelope, Reply("9001"), now)

    def unframed(self, error: FormatError, now: int) -> bytes | None:
        return b"A - 1001"

    def heartbeat(self, now: int) -> bytes:
        return b"H hub"

    def heartbeat_answer(self, heartbeat: Heartbeat, now: int) -> bytes:
        return f"h {heartbeat.envelope.message_id}".encode()


class TinyService(FakeService):
    """Unreadable ones get their own code, replies none, sign-ons are believed unless the nonce is "bad"."""

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int]) -> list[Reply]:
        replies = super().take_in(batch, now, room)
        return [self._reply(command, reply) for command, reply in zip(batch, replies, strict=True)]

    def _reply(self, command: Command, reply: Reply) -> Reply:
        match command:
            case Unreadable():
                return Reply(command.code, text=command.text)
            case PushReply():
                return Reply("")
            case SignOn():
                return Reply("1005" if command.nonce == "bad" else "0000")
        return reply


def push(push_id: str, customer: str = "C1") -> Outgoing:
    return Outgoing("tiny", customer, push_id, f"P {push_id}".encode(), 1)


class Bench:
    """Intake, lines and one system, without sockets and without threads."""

    def __init__(self, *, dialect: TinyDialect | None = None, limits: Limits | None = None) -> None:
        self.service, self.counters = TinyService(), Counters()
        self.limits = limits or Limits()
        self.budget = Budget(self.limits.bytes_in_flight)
        self.intake = Intake(
            self.service, InlineWriter(), IntakeConf(), counters=self.counters, budget=self.budget
        )
        self.settled: list[str] = []
        self.shared = Shared(
            self.intake,
            self.limits,
            self.budget,
            self.counters,
            settled=lambda system, push_id: self.settled.append(push_id),
        )
        self.lines = Lines(64)
        self.places = Places(100)
        self.dialect = dialect or TinyDialect()
        self.session_limits = SessionLimits()
        self.framing: Framing = FRAMING

    def system(self, conf: Any = None) -> System:
        return System(
            self.dialect.name,
            cast(SystemConf, conf),
            self.framing,
            cast(SystemDialect, self.dialect),
            self.session_limits,
        )

    def line(self, stream: trio.abc.Stream, *, pushes: bool = True) -> Line:
        wire = Wire(stream, peer="test", write_seconds=self.limits.write_seconds)
        return Line(wire, self.system(), self.shared, self.lines, Seat(self.places), pushes=pushes)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[trio.Nursery]:
        async with trio.open_nursery() as commits:
            commits.start_soon(self.intake.run)
            async with trio.open_nursery() as sessions:
                yield sessions
            self.intake.close()


async def read_all(stream: trio.abc.ReceiveStream) -> list[str]:
    """Every frame until the end."""
    reader = FRAMING.reader()
    found = []
    while data := await stream.receive_some():
        reader.feed(bytes(data))
        while (frame := reader.next_frame()) is not None:
            found.append(frame.decode())
    return found


async def read_some(stream: trio.abc.ReceiveStream, count: int) -> list[str]:
    """The next frames; no byte beyond them may have come."""
    reader = FRAMING.reader()
    found: list[str] = []
    while len(found) < count:
        data = await stream.receive_some()
        assert data, f"closed after {found}"
        reader.feed(bytes(data))
        while (frame := reader.next_frame()) is not None:
            found.append(frame.decode())
    assert len(found) == count
    assert not reader.partial
    return found
