"""The state of one line, sans-IO: who may speak, when to test it, when to give it up.

The gateway drives it: it reads frames and calls `take` for each message in order, sends what it is told to
send, and calls `sent`, `heard` and `tick`. Times are monotonic seconds, passed in.

    NEW ──sign-on taken──▶ SIGNING ──accepted──▶ OPEN
     │                        │refused
     └─anything else─▶ CLOSED ◀┘          (a system without [sign_on] starts OPEN)

    NEW ──greeted──▶ GREETING ──answered 0000──▶ OPEN   (with a [greeting]; another answer: CLOSED; anything
                                                         else is passed over, since nothing may be sent)

Before a sign-on nothing else is let through: it becomes a refusal (1005), so that journal and counters
see it, and the line is closed after its answer. The gateway waits for the answer to a sign-on before it reads
on. Heartbeats end here: they never reach the service.
"""

from dataclasses import dataclass
from enum import Enum
from math import inf

import msgspec

from adapters.dialect import Heartbeat, HeartbeatReply, Incoming, SystemDialect
from adapters.refusals import NOT_SIGNED
from ecif.messages import Command, Reply, SignOn, Unreadable
from formats.errors import FormatError

ACCEPTED = "0000"
MOST_HEARTBEATS = 100
"""Of a peer in a second; those above get no answer. The sheets' own are tens of seconds apart."""
FLOOD = "heartbeat flood"
NOT_SIGNED_ON = "not signed on"


class State(Enum):
    NEW = "new"
    SIGNING = "signing"
    GREETING = "greeting"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Beats:
    """[heartbeat]: the hub tests the line when it has sent nothing for so long, and how often in vain."""

    after_seconds: float
    missed: int
    traffic: bool = False
    """Whether what the peer sends puts the test off, too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a line may do; None: no limit."""

    sign_on_seconds: float | None = None
    silence_seconds: float | None = None
    beats: Beats | None = None


class Step(msgspec.Struct, frozen=True, gc=False):
    """What to do with a message: pass `command` to the service, `send` bytes at once, then perhaps close."""

    command: Command | None = None
    send: bytes | None = None
    close: bool = False
    opened: bool = False
    """From now on the line may carry pushes."""
    passed_over: str = ""
    """Why nothing is done, where that is worth counting."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What time asks for: send a heartbeat, or give the line up for a reason."""

    send: bytes | None = None
    close: str = ""
    """"sign_on", "silence" or "heartbeat"; "" leaves it open."""


class Session:
    """One line of one system."""

    def __init__(self, dialect: SystemDialect, limits: Limits = Limits(), *, now: float = 0.0) -> None:
        self.dialect = dialect
        self.limits = limits
        self.state = State.NEW if dialect.sign_on or dialect.greeting else State.OPEN
        self._greeting_id = ""
        self._began = self._heard = self._sent = now
        self._beats_open = 0
        self._second, self._beats_heard = now, 0

    def __repr__(self) -> str:
        return f"<Session {self.dialect.name} {self.state.value}>"

    @property
    def ready(self) -> bool:
        """Whether it may carry pushes."""
        return self.state is State.OPEN

    # What happened.

    def greet(self, at: int) -> bytes | None:
        """What the hub says first on a line that is up; None where the sheet has nothing."""
        if self.dialect.greeting is None:
            return None
        self.state = State.GREETING
        self._greeting_id, said = self.dialect.greet(at)
        return said

    def heard(self, now: float) -> None:
        """Any frame from the peer, keep-alives too."""
        self._heard = now

    def sent(self, now: float) -> None:
        """Any frame to the peer."""
        self._sent = now

    def take(self, message: Incoming, at: int) -> Step:
        """What to do with the next message. `at` is the hub's time (µs UTC), for answers."""
        if self.state is State.CLOSED:
            return Step(close=True)
        if self.state is State.GREETING:
            return self._take_answer(message)
        if self.state is not State.OPEN:
            return self._take_first(message)
        if isinstance(message, Heartbeat):
            return self._take_heartbeat(message, at)
        if isinstance(message, HeartbeatReply):
            self._beats_open = 0
            return Step()
        if isinstance(message, Unreadable) and self._is_sign_on(message):
            return self._refuse(message)
        return Step(command=message)

    def answered(self, command: Command, reply: Reply) -> bool:
        """The service has answered; whether the line is to be closed once the reply is sent."""
        if isinstance(command, SignOn):
            self.state = State.OPEN if reply.code == ACCEPTED else State.CLOSED
        return self.state is State.CLOSED

    def unframed(self, error: FormatError, at: int) -> bytes | None:
        """The last words after a bad length; a peer that has not signed on gets none."""
        said = self.dialect.unframed(error, at) if self.state is State.OPEN else None
        self.state = State.CLOSED
        return said

    # What time asks for.

    def tick(self, now: float, at: int) -> Tick:
        """To be called at `deadline()` or later; harmless at any time."""
        if self._sign_on_until() <= now:
            return self._give_up("sign_on")
        if self._silent_until() <= now:
            return self._give_up("silence")
        if self._beat_at() > now:
            return Tick()
        if self.limits.beats and self._beats_open >= self.limits.beats.missed:
            return self._give_up("heartbeat")
        self._beats_open += 1
        self._sent = now
        return Tick(send=self.dialect.heartbeat(at))

    def deadline(self) -> float:
        """When `tick` has something to say next; infinite if never."""
        return min(self._sign_on_until(), self._silent_until(), self._beat_at())

    def _take_heartbeat(self, message: Heartbeat, at: int) -> Step:
        if self._heard >= self._second + 1:
            self._second, self._beats_heard = self._heard, 0
        self._beats_heard += 1
        if self._beats_heard > MOST_HEARTBEATS:
            return Step(passed_over=FLOOD)
        return Step(send=self.dialect.heartbeat_answer(message, at))

    def _take_first(self, message: Incoming) -> Step:
        if isinstance(message, SignOn) and self.state is State.NEW:
            self.state = State.SIGNING
            return Step(command=message)
        if isinstance(message, Unreadable) and self._is_sign_on(message):
            return self._refuse(message)
        return self._refuse(Unreadable(message.envelope, NOT_SIGNED, NOT_SIGNED_ON))

    def _take_answer(self, message: Incoming) -> Step:
        if not (isinstance(message, HeartbeatReply) and message.envelope.message_id == self._greeting_id):
            return Step()
        accepted = message.code == ACCEPTED
        self.state = State.OPEN if accepted else State.CLOSED
        return Step(close=not accepted, opened=accepted)

    def _refuse(self, refused: Unreadable) -> Step:
        """A refused sign-on is 1005 whatever was wrong with it, and the end of the line."""
        self.state = State.CLOSED
        return Step(command=msgspec.structs.replace(refused, code=NOT_SIGNED), close=True)

    def _is_sign_on(self, message: Unreadable) -> bool:
        return self.dialect.sign_on is not None and message.envelope.type == self.dialect.sign_on.type

    def _give_up(self, reason: str) -> Tick:
        self.state = State.CLOSED
        return Tick(close=reason)

    def _sign_on_until(self) -> float:
        waiting = self.state in (State.NEW, State.GREETING) and self.limits.sign_on_seconds is not None
        return self._began + (self.limits.sign_on_seconds or 0) if waiting else inf

    def _silent_until(self) -> float:
        return inf if self.limits.silence_seconds is None else self._heard + self.limits.silence_seconds

    def _beat_at(self) -> float:
        if self.limits.beats is None or self.state is not State.OPEN:
            return inf
        last = max(self._sent, self._heard) if self.limits.beats.traffic else self._sent
        return last + self.limits.beats.after_seconds
