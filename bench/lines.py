"""Connections of load: one loop over non-blocking sockets, a call for each that has something to read.

    KeptLine    core, ebank: one request open, the next one after its reply; pushes answered in between
    Worker      loan: connects, asks, reads, closes, for each of its messages anew
    Host        loan's own port: each connection carries one push

The load shares the machine with what it measures, so it does no more than an honest client must: no task and
no timer a message. What it sends is small; a kernel that does not take a frame at once means that the hub has
stopped reading, and ends the run.
"""

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

Answer: TypeAlias = Callable[[bytes], bytes | None]
IDLE_SECONDS = 30.0
"""After how long without a frame a line shows that it lives; the hub gives core 90 s."""
MOST_BYTES = 65_536
LOAN_HEADER = 6


class Cut(Exception):
    """A connection ended before its work was done; the text says which."""


class Measured(msgspec.Struct):
    began: float = 0.0
    """By `time.perf_counter()`, which all processes of the machine share on Linux."""
    seconds: float = 0.0
    processor_seconds: float = 0.0
    """Of the load's own process."""
    acknowledged: int = 0
    refused: int = 0
    pushed: int = 0
    sent_at: list[float] = []
    """When each message that was answered was sent."""
    ack_ms: list[float] = []
    """How long each of them waited."""

    def note(self, code: bytes, sent_at: float) -> None:
        self.sent_at.append(sent_at)
        self.ack_ms.append((time.perf_counter() - sent_at) * 1000)
        if code in (b"0000", b"0001"):
            self.acknowledged += 1
        else:
            self.refused += 1


class Loop:
    """Calls whoever can read, until nobody has work left."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.lines: list[KeptLine] = []
        self.working = 0
        """Lines and workers with messages left."""

    def add(self, sock: socket.socket, readable: Callable[[], None]) -> None:
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, readable)

    def drop(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()

    def turn(self, send: Callable[[], None]) -> None:
        """A line may send its next message."""
        send()

    def rest(self) -> float:
        """How long to wait for something to read."""
        return 1.0

    def run(self) -> None:
        looked = time.monotonic()
        while self.working:
            for key, _ in self._selector.select(self.rest()):
                key.data()
            if time.monotonic() - looked > 1.0:
                looked = time.monotonic()
                for line in self.lines:
                    line.show_life(looked)


class PacedLoop(Loop):
    """So many messages a second of all lines together, whoever is free the longest; never more than the lines
    can have open."""

    def __init__(self, per_second: float) -> None:
        super().__init__()
        self._per_second = per_second
        self._free: deque[Callable[[], None]] = deque()
        self._sent, self._begun = 0, 0.0

    def turn(self, send: Callable[[], None]) -> None:
        self._free.append(send)

    def rest(self) -> float:
        """Whatever is due is sent first."""
        self._begun = self._begun or time.perf_counter()
        passed = time.perf_counter() - self._begun
        while self._free and self._sent < passed * self._per_second:
            self._sent += 1
            self._free.popleft()()
        return max(0.0, (self._sent + 1) / self._per_second - passed) if self._free else 1.0


@dataclass(frozen=True, slots=True)
class Speech:
    """How one system speaks over a kept line."""

    stamp: Callable[[bytes], bytes]
    """Puts the sent time into a message."""
    answer: Answer
    """To a push."""
    code: Answer
    """Of a reply to a message."""
    beat: Answer
    """To the hub's line test."""
    sign_of_life: bytes


class KeptLine:
    """Frames with a 4-byte length."""

    def __init__(
        self, sock: socket.socket, work: list[bytes], speech: Speech, loop: Loop, measured: Measured
    ) -> None:
        self._socket, self._speech, self._loop, self._measured = sock, speech, loop, measured
        self._todo: Iterator[bytes] = map(speech.stamp, work)
        self._left = len(work)
        self._buffer = bytearray()
        self._sent_at = 0.0
        self._heard = time.monotonic()

    def start(self) -> None:
        self._loop.add(self._socket, self.readable)
        self._loop.lines.append(self)
        if self._left:
            self._loop.working += 1
            self._loop.turn(self._next)

    def readable(self) -> None:
        try:
            data = self._socket.recv(MOST_BYTES)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        if not data:
            raise Cut("the hub closed a line under load")
        buffer = self._buffer
        buffer += data
        while len(buffer) >= 4 and len(buffer) >= (end := 4 + int.from_bytes(buffer[:4], "big")):
            body = bytes(buffer[4:end])
            del buffer[:end]
            self._take(body)

    def show_life(self, now: float) -> None:
        if now - self._heard > IDLE_SECONDS and self._speech.sign_of_life:
            self._heard = now
            send(self._socket, self._speech.sign_of_life)

    def _take(self, body: bytes) -> None:
        self._heard = time.monotonic()
        code = self._speech.code(body)
        if code is not None:
            self._measured.note(code, self._sent_at)
            self._left -= 1
            if self._left:
                self._loop.turn(self._next)
            else:
                self._loop.working -= 1
            return
        answer = self._speech.answer(body)
        if answer is not None:
            self._measured.pushed += 1
            send(self._socket, framed(answer))
        elif (beat := self._speech.beat(body)) is not None:
            send(self._socket, framed(beat))

    def _next(self) -> None:
        self._sent_at = time.perf_counter()
        send(self._socket, framed(next(self._todo)))


class Worker:
    """One message a connection."""

    def __init__(
        self, port: int, work: list[bytes], stamp: Callable[[bytes], bytes], loop: Loop, measured: Measured
    ) -> None:
        self._port, self._loop, self._measured = port, loop, measured
        self._todo = map(stamp, work)
        self._sent_at = 0.0

    def start(self) -> None:
        self._loop.working += 1
        self._loop.turn(self._next)

    def _next(self) -> None:
        body = next(self._todo, None)
        if body is None:
            self._loop.working -= 1
            return
        self._sent_at = time.perf_counter()
        self._buffer = b""
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        send(self._socket, loan_framed(body))
        self._loop.add(self._socket, self._readable)

    def _readable(self) -> None:
        data = self._socket.recv(MOST_BYTES)
        if not data:
            raise Cut("the hub closed a loan connection before its reply")
        self._buffer += data
        body = loan_body(self._buffer)
        if body is not None:
            self._loop.drop(self._socket)
            self._measured.note(body[24:28], self._sent_at)
            self._loop.turn(self._next)


class Host:
    """Where the hub dials loan."""

    def __init__(self, port: int, answer: Callable[[bytes], bytes], loop: Loop, measured: Measured) -> None:
        self._answer, self._loop, self._measured = answer, loop, measured
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        loop.add(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except BlockingIOError:
            return
        buffer = bytearray()

        def readable() -> None:
            try:
                data = sock.recv(MOST_BYTES)
            except ConnectionResetError:  # the hub gave the push up, and will bring it again
                data = b""
            buffer.extend(data)
            if not data:
                self._loop.drop(sock)
            elif (body := loan_body(bytes(buffer))) is not None:
                self._measured.pushed += 1
                send(sock, loan_framed(self._answer(body)))

        self._loop.add(sock, readable)


def send(sock: socket.socket, data: bytes) -> None:
    if sock.send(data) != len(data):
        raise Cut("the hub does not read a line under load")


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


def loan_framed(body: bytes) -> bytes:
    return b"%06d" % (len(body) + LOAN_HEADER) + body


def loan_body(data: bytes) -> bytes | None:
    """A whole frame's body; None before it is whole."""
    if len(data) < LOAN_HEADER or len(data) < int(data[:LOAN_HEADER]):
        return None
    return data[LOAN_HEADER:]
