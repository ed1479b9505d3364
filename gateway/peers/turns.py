"""A peer's end of a line on which each side has one open request and damaged frames are said and repeated.

Written from wealth's sheet, apart from the hub's `adapters.turns`: the two must agree over the wire only. Now
and then a frame leaves damaged, so that the hub has to say so.
"""

import trio

from formats.errors import FaultKind, FormatError
from formats.framing import NAK, Framing
from gateway.peers.mishaps import Mishaps
from gateway.peers.wire import Line


class TurnLine(Line):
    def __init__(self, stream: trio.abc.Stream, framing: Framing, mishaps: Mishaps) -> None:
        super().__init__(stream, framing)
        self._mishaps = mishaps
        self._request = self._reply = b""

    async def ask(self, body: bytes) -> None:
        self._request = body
        await self._say(body)

    async def send(self, body: bytes) -> None:
        self._reply = body
        await self._say(body)

    def settled(self) -> None:
        self._request = b""

    async def unanswered(self) -> None:
        """The sheet's answer to silence is a new line."""
        await self.drop()

    async def _say(self, body: bytes) -> None:
        frame = self._framing.wrap(body)
        await self._send_bytes(frame[:-1] + bytes([frame[-1] ^ 0x55]) if self._mishaps.damages() else frame)

    async def _heard(self, frame: bytes) -> bool:
        if frame is not NAK:
            return True
        for body in filter(None, (self._request, self._reply)):
            await self._say(body)
        return False

    async def _broken(self, error: FormatError) -> bool:
        if error.kind is FaultKind.LENGTH:
            return False
        await self._send_bytes(NAK)
        return True
