"""One connection of a crowd, made anew as often as it goes."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from tests.promises.speech import Heard, Speech

BROKEN = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError, EOFError)


class Frames:
    """Whole frames out of a stream: four bytes of length, or loan's six digits that count themselves."""

    def __init__(self, stream: trio.abc.Stream, *, digits: bool) -> None:
        self._stream, self._digits, self._data = stream, digits, b""

    async def next(self) -> bytes:
        head = 6 if self._digits else 4
        while True:
            if len(self._data) >= head:
                length = self._data[:head]
                end = int(length) if self._digits else 4 + int.from_bytes(length, "big")
                if len(self._data) >= end:
                    frame, self._data = self._data[head:end], self._data[end:]
                    return frame
            more = await self._stream.receive_some(65_536)
            if not more:
                raise EOFError
            self._data += more


class KeptLine:
    def __init__(
        self,
        speech: Speech,
        pushed: Callable[[str, str], None],
        own: random.Random,
        handshakes: trio.CapacityLimiter,
    ) -> None:
        self.speech, self._pushed, self.random, self._handshakes = speech, pushed, own, handshakes
        self._stream: trio.abc.Stream | None = None
        self._ready, self._writing = trio.Event(), trio.Lock()
        self._waiting: dict[str, tuple[trio.Event, list[str]]] = {}

    async def keep(self, frame: bytes, id: str) -> str:
        """Ask over the kept line, whenever it is up."""
        while self._stream is None:
            await self._ready.wait()
        answered, codes = self._waiting[id] = trio.Event(), []
        try:
            await self._send(frame)
            await answered.wait()
        finally:
            del self._waiting[id]
        if not codes:
            raise EOFError
        return codes[0]

    async def ask_once(self, frame: bytes, id: str) -> str:
        async with self._connected() as stream:
            await stream.send_all(frame)
            heard = self.speech.heard(await Frames(stream, digits=True).next())
            assert heard.answers == id
            return heard.code

    async def stay_up(self, up: set[Any], name: Any) -> None:
        while True:
            try:
                async with self._connected() as stream:
                    await self._live(stream, up, name)
            except BROKEN:
                pass
            finally:
                self._down(up, name)
            await trio.sleep(self.random.uniform(0.02, 0.3))

    async def _live(self, stream: trio.abc.Stream, up: set[Any], name: Any) -> None:
        frames = Frames(stream, digits=False)
        if first := self.speech.first():
            await stream.send_all(first)
            assert self.speech.heard(await frames.next()).code == "0000", "sign-on refused"
        self._stream = stream
        up.add(name)
        self._ready.set()
        while True:
            await self._take(self.speech.heard(await frames.next()))

    async def _take(self, heard: Heard) -> None:
        if heard.customer:
            self._pushed(heard.customer, heard.mobile)
        if heard.reply:
            await self._send(heard.reply)
        elif heard.answers in self._waiting:
            answered, codes = self._waiting[heard.answers]
            codes.append(heard.code)
            answered.set()

    async def _send(self, frame: bytes) -> None:
        async with self._writing:
            if self._stream is None:
                raise EOFError
            await self._stream.send_all(frame)

    def _down(self, up: set[Any], name: Any) -> None:
        self._stream, self._ready = None, trio.Event()
        up.discard(name)
        for answered, _ in self._waiting.values():
            answered.set()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[trio.abc.Stream]:
        if self.speech.context is None:
            async with self._closing(await trio.open_tcp_stream("127.0.0.1", self.speech.port)) as stream:
                yield stream
            return
        async with self._handshakes:
            raw = await trio.open_tcp_stream("127.0.0.1", self.speech.port)
            secured = trio.SSLStream(raw, self.speech.context, https_compatible=True)
            try:
                with trio.fail_after(60):
                    await secured.do_handshake()
            except BaseException:
                await trio.aclose_forcefully(raw)
                raise
        async with self._closing(secured) as stream:
            yield stream

    @asynccontextmanager
    async def _closing(self, stream: trio.abc.Stream) -> AsyncIterator[trio.abc.Stream]:
        try:
            yield stream
        finally:
            await trio.aclose_forcefully(stream)
