"""A peer's end of its lines, on trio: long ones it keeps open, short ones it opens for one request.

The sheets' transport rules from the bank system's side. What the frames say is decided by the callbacks;
which framing, how many lines and whether TLS is conf.
"""

import contextlib
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import trio

from formats.errors import FormatError
from formats.framing import FrameReader, Framing

LOST = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


@dataclass(frozen=True)
class Door:
    """Where the hub listens for this system."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    async def enter(self) -> trio.abc.Stream:
        stream = await trio.open_tcp_stream(self.host, self.port)
        if self.tls is None:
            return stream
        secure = trio.SSLStream(stream, self.tls, server_hostname=self.host)
        await secure.do_handshake()
        return secure


class Listens(Protocol):
    """Accepts connections and hands them over."""

    async def __call__(
        self,
        handler: Callable[[trio.abc.Stream], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None: ...


@dataclass(frozen=True)
class Ear:
    """Where the hub dials this system."""

    host: str
    port: int

    async def __call__(
        self,
        handler: Callable[[trio.abc.Stream], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """The port taken is reported, so that 0 may be asked for."""
        listeners = await trio.open_tcp_listeners(self.port, host=self.host)
        task_status.started(listeners[0].socket.getsockname()[1])
        await trio.serve_listeners(handler, listeners)


def client_tls(folder: Path, system: str) -> ssl.SSLContext:
    """The certificates of `ecif certs`; the chain is checked, the host name is not."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.check_hostname = False
    context.load_cert_chain(folder / f"{system}.pem", folder / f"{system}.key")
    return context


class Line:
    """One open connection: frames both ways."""

    def __init__(self, stream: trio.abc.Stream, framing: Framing) -> None:
        self._stream, self._framing = stream, framing
        self._sending = trio.Lock()
        self.last_sent = trio.current_time()

    async def send(self, body: bytes) -> None:
        """A reply, or a request that nobody matches."""
        await self._send_bytes(self._framing.wrap(body))

    async def ask(self, body: bytes) -> None:
        """A request that will be answered."""
        await self.send(body)

    def settled(self) -> None:
        """The request was answered."""

    async def unanswered(self) -> None:
        """The request was not answered in time."""

    async def _send_bytes(self, data: bytes) -> None:
        async with self._sending:
            self.last_sent = trio.current_time()
            await self._stream.send_all(data)
            if self._framing.until_end and isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()

    async def _heard(self, frame: bytes) -> bool:
        """Whether a frame is a message: a keep-alive is none."""
        return bool(frame)

    async def _broken(self, error: FormatError) -> bool:
        """Whether the line is of use after bytes that are no frame."""
        return False

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Until the other side ends it or it breaks."""
        reader = self._framing.reader()
        ended = False
        while True:
            try:
                while (frame := await self._next(reader)) is not None:
                    if await self._heard(frame):
                        yield bytes(frame)
                if ended:
                    return
                data = await self._stream.receive_some()
            except (*LOST, FormatError):
                return
            ended = not data
            if ended:
                reader.end()
            reader.feed(bytes(data))

    async def _next(self, reader: FrameReader) -> bytes | None:
        while True:
            try:
                return reader.next_frame()
            except FormatError as error:
                if not await self._broken(error):
                    raise

    async def drop(self) -> None:
        """Be gone without a goodbye, as after a power cut."""
        await trio.aclose_forcefully(self._stream)

    async def close(self) -> None:
        with trio.move_on_after(0.5) as scope, contextlib.suppress(*LOST):
            scope.shield = True
            await self._stream.aclose()


Arrived: TypeAlias = Callable[[Line, bytes], Awaitable[None]]
Opened: TypeAlias = Callable[[Line], Awaitable[bool]]
Gone: TypeAlias = Callable[[Line], None]


class LongLines:
    """Several lines that are opened again when they are lost; requests go round them."""

    def __init__(
        self, door: Door, framing: Framing, count: int, *, sign_on: Opened, arrived: Arrived, gone: Gone
    ) -> None:
        self._door, self._framing, self._count = door, framing, count
        self._sign_on, self._arrived, self._gone = sign_on, arrived, gone
        self._open: list[Line] = []
        self._changed = trio.Event()
        self._turn = 0

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(self._count):
                nursery.start_soon(self._keep)

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self._one(Line(await self._door.enter(), self._framing))
            await trio.sleep(0.2)

    async def _one(self, line: Line) -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen, line, nursery.cancel_scope)
                if await self._sign_on(line):
                    self._add(line)
                    await trio.sleep_forever()
                nursery.cancel_scope.cancel()
        finally:
            if line in self._open:
                self._open.remove(line)
            self._gone(line)
            await line.close()

    async def _listen(self, line: Line, scope: trio.CancelScope) -> None:
        async with contextlib.aclosing(line.frames()) as frames:
            async for frame in frames:
                await self._arrived(line, frame)
        scope.cancel()

    def _add(self, line: Line) -> None:
        self._open.append(line)
        self._changed.set()
        self._changed = trio.Event()

    async def next_line(self) -> Line:
        while not self._open:
            await self._changed.wait()
        self._turn += 1
        return self._open[self._turn % len(self._open)]

    def idle(self, seconds: float) -> list[Line]:
        """Lines on which nothing was sent for so long."""
        return [line for line in self._open if trio.current_time() - line.last_sent >= seconds]


MakeLine: TypeAlias = Callable[[trio.abc.Stream], Line]


class DialledLines:
    """The hub dials and keeps one line: the newest is taken, an older one closed. Requests go over it too;
    where the hub signs on first (`greeted`), not before that."""

    def __init__(self, make: MakeLine, *, arrived: Arrived, gone: Gone, greeted: bool) -> None:
        self._make, self._arrived, self._gone, self._greeted = make, arrived, gone, greeted
        self._line: Line | None = None
        self._usable: Line | None = None
        self._changed = trio.Event()

    async def run(self, ear: Listens, *, task_status: trio.TaskStatus[int]) -> None:
        await ear(self._serve, task_status=task_status)

    async def _serve(self, stream: trio.abc.Stream) -> None:
        older, line = self._line, self._make(stream)
        self._line, self._usable = line, None
        if not self._greeted:
            self.open(line)
        if older is not None:
            await older.drop()
        try:
            async with contextlib.aclosing(line.frames()) as frames:
                async for frame in frames:
                    await self._arrived(line, frame)
        finally:
            if self._line is line:
                self._line = self._usable = None
            self._gone(line)
            await line.close()

    def open(self, line: Line) -> None:
        """Requests may go over it from now on."""
        self._usable = line
        self._changed.set()
        self._changed = trio.Event()

    async def next_line(self) -> Line:
        while self._usable is None:
            await self._changed.wait()
        return self._usable

    def idle(self, seconds: float) -> list[Line]:
        """Line tests are left to the hub."""
        return []


async def call(door: Door, framing: Framing, body: bytes, seconds: float) -> bytes | None:
    """One request on a line of its own; None where no reply came."""
    with trio.move_on_after(seconds), contextlib.suppress(*LOST):
        line = Line(await door.enter(), framing)
        try:
            await line.send(body)
            async with contextlib.aclosing(line.frames()) as frames:
                async for frame in frames:
                    return frame
        finally:
            await line.close()
    return None


async def listen(
    ear: Listens, framing: Framing, arrived: Arrived, *, task_status: trio.TaskStatus[int]
) -> None:
    """Be dialled."""

    async def serve(stream: trio.abc.Stream) -> None:
        line = Line(stream, framing)
        try:
            async with contextlib.aclosing(line.frames()) as frames:
                async for frame in frames:
                    await arrived(line, frame)
        finally:
            await line.close()

    await ear(serve, task_status=task_status)
