"""Connections that take too long, say too much or are too many: uvicorn itself only times idle ones.

    uvicorn.run(…, http=guarded(limits))

A client has `header_seconds` from connecting, or from a request's first byte, to the end of its headers,
which may have `header_bytes`; and `write_seconds` to read what waits for it. Then its line is cut. Beyond
`connections`, and beyond `connections_per_address`, a new line is cut at once.

Built on uvicorn's httptools protocol (llhttp, which Node.js parses with), which takes about a sixth less of
a request's time than h11.
"""

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ocrm_api.guard.conf import HttpLimits

TOO_LONG = "Request line and headers are too long."


def guarded(limits: HttpLimits) -> type[asyncio.Protocol]:
    """The protocol; all of its connections are counted together."""
    counts: Counter[str] = Counter()

    class Guarded(HttpToolsProtocol):
        _address: str | None = None
        _reading: asyncio.TimerHandle | None = None
        _writing: asyncio.TimerHandle | None = None
        _in_headers = False
        _header_bytes = 0

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            address = str(peer[0]) if peer else ""
            if counts.total() >= limits.connections or counts[address] >= limits.connections_per_address:
                transport.abort()
                return
            self._address = address
            counts[address] += 1
            self._reading = self.loop.call_later(limits.header_seconds, transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._address is not None:
                counts[self._address] -= 1
                if not counts[self._address]:
                    del counts[self._address]
                self._address = None
            self._stop_reading()
            self._stop_writing()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._address is None or self.transport.is_closing():
                return
            continued = self._in_headers
            super().data_received(data)
            if continued:
                self._header_bytes += len(data)
            if self._in_headers and self._header_bytes + len(self.url) > limits.header_bytes:
                self._refuse()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._in_headers, self._header_bytes = True, 0
            if self._reading is None:
                self._reading = self.loop.call_later(limits.header_seconds, self.transport.abort)

        def on_headers_complete(self) -> None:
            self._in_headers = False
            self._stop_reading()
            super().on_headers_complete()

        def pause_writing(self) -> None:
            if self._writing is None:
                self._writing = self.loop.call_later(limits.write_seconds, self.transport.abort)
            super().pause_writing()

        def resume_writing(self) -> None:
            self._stop_writing()
            super().resume_writing()

        def _refuse(self) -> None:
            """In words where no other answer is under way."""
            if self.cycle is None or self.cycle.response_complete:
                self.send_400_response(TOO_LONG)
            else:
                self.transport.abort()

        def _stop_reading(self) -> None:
            if self._reading is not None:
                self._reading.cancel()
                self._reading = None

        def _stop_writing(self) -> None:
            if self._writing is not None:
                self._writing.cancel()
                self._writing = None

    return Guarded
