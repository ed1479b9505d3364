"""Frames on their way out of one line.

A line that is idle, or whose peer takes what it is sent, has no task for this: thousands of lines are idle
most of the time, and a task that only waits costs as much memory as all else a line has to remember.
"""

from collections.abc import Callable

from gateway.streams import Wire


class Outbox:
    """Frames on their way out, in order; everything that waits leaves in one send."""

    def __init__(self, wire: Wire, *, sent: Callable[[], None], begin: Callable[[], None]) -> None:
        """`begin`: start `run` as a task; called when something waits and nobody sends."""
        self._wire, self._sent, self._begin = wire, sent, begin
        self._frames: list[bytes] = []
        self.size = 0
        self._sending = False

    def put(self, frame: bytes, *, last: bool = False) -> None:
        """Queue a frame. When nothing waits and none follows soon (`last`), it may leave at once."""
        if last and not self.size:
            count = self._wire.send_at_once(frame)
            if count == len(frame):
                return self._sent()
            frame = frame[count:]
        self._frames.append(frame)
        self.size += len(frame)
        if not self._sending:
            self._sending = True
            self._begin()
        return None

    async def run(self) -> None:
        """Send what waits. After a WireBroken nothing more is sent."""
        while self._frames:
            data, self._frames = b"".join(self._frames), []
            await self._wire.send(data)
            self.size -= len(data)
            self._sent()
        self._sending = False
