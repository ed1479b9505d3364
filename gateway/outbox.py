"""Frames on their way out of one line."""

from collections.abc import Callable

import trio

from gateway.streams import Wire


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
