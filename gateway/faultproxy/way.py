"""One direction of one connection: what comes in at one end leaves at the other, as its faults say.

    read ──(due time, bytes)──▶ at most MOST_WAITING reads ──▶ wait until due, slice, pace, write

Two tasks, so that latency delays bytes without slowing the stream down. Both look at the faults before every
step, and a change wakes whichever of them waits: a wire that hung goes on at once.
"""

import math
import random
from collections.abc import Callable, Iterator

import trio

from gateway.faultproxy.faults import Faults

READ_BYTES = 65_536
MOST_WAITING = 64


class Setting:
    """The faults of one direction of all connections; may be replaced at any time."""

    def __init__(self) -> None:
        self._faults = Faults()
        self._changed = trio.Event()

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._changed.set()
        self._changed = trio.Event()

    async def wait_calm(self) -> None:
        """Until it does not hang."""
        while self._faults.hanging:
            await self._changed.wait()

    async def wait(self, seconds: float) -> None:
        """So long, or until something is changed."""
        with trio.move_on_after(seconds):
            await self._changed.wait()


class Way:
    def __init__(
        self,
        source: trio.SocketStream,
        target: trio.SocketStream,
        setting: Setting,
        *,
        reset: Callable[[], None],
        chance: random.Random,
    ) -> None:
        self._source, self._target, self._setting = source, target, setting
        self._reset, self._chance = reset, chance
        self._send, self._receive = trio.open_memory_channel[tuple[float, bytes]](MOST_WAITING)
        self._counted_for, self._counted = setting.faults, 0
        """Bytes passed on since these faults hold."""

    async def run(self) -> None:
        """Until the source has finished writing and all of it has left; then the target hears so."""
        async with trio.open_nursery() as tasks:
            tasks.start_soon(self._read)
            await self._write()
        await self._target.send_eof()

    async def _read(self) -> None:
        due = -math.inf
        async with self._send:
            while True:
                await self._setting.wait_calm()
                data = await self._source.receive_some(READ_BYTES)
                await self._setting.wait_calm()  # what was on its way when it began to hang does not arrive
                if not data:
                    return
                faults = self._setting.faults
                late = faults.latency_seconds + self._chance.random() * faults.jitter_seconds
                due = max(due, trio.current_time() + late)
                await self._send.send((due, bytes(data)))

    async def _write(self) -> None:
        async for due, data in self._receive:
            while (late := due - trio.current_time()) > 0 and self._setting.faults.latency_seconds:
                await self._setting.wait(late)
            rest = memoryview(data)
            while rest:
                rest = rest[await self._write_piece(rest) :]

    async def _write_piece(self, rest: memoryview) -> int:
        await self._setting.wait_calm()
        faults = self._setting.faults
        if faults is not self._counted_for:
            self._counted_for, self._counted = faults, 0
        size = min(self._sizes(faults, len(rest)))
        if not size:
            self._reset()
            await trio.sleep_forever()  # until the connection's scope is cancelled, which is now
        await self._target.send_all(rest[:size])
        self._counted += size
        if faults.bytes_per_second:
            await self._setting.wait(size / faults.bytes_per_second)
        elif faults.slice_bytes:
            await trio.lowlevel.checkpoint()
        return size

    def _sizes(self, faults: Faults, size: int) -> Iterator[int]:
        """How much may be written at once, by each rule."""
        yield size
        if faults.slice_bytes:
            yield faults.slice_bytes
        if faults.bytes_per_second:  # a tenth of a second's worth keeps it smooth
            yield max(1, faults.bytes_per_second // 10)
        if faults.reset_after_bytes is not None:
            yield max(0, faults.reset_after_bytes - self._counted)
