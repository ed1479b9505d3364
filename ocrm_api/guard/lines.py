"""Connections that take too long or are too many, for uvicorn, which itself only times idle ones.

    protocol = guarded(H11Protocol, limits)      # uvicorn.run(…, http=protocol)

A client has `header_seconds` from the first byte (or from connecting) to the end of a request's headers, and
`write_seconds` to read what waits for it; then its line is cut. Beyond `connections`, and beyond
`connections_per_address`, a new line is cut at once.
"""

import asyncio
from collections import Counter
from typing import Any

from ocrm_api.guard.conf import HttpLimits


def guarded(base: type[asyncio.Protocol], limits: HttpLimits) -> type[asyncio.Protocol]:
    """A subclass of one of uvicorn's protocols. Its connections are counted together."""
    counts: Counter[str] = Counter()
    inherited: Any = base

    class Guarded(inherited):  # type: ignore[misc]
        _address: str | None = None
        _reading: asyncio.TimerHandle | None = None
        _writing: asyncio.TimerHandle | None = None

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
            self._stop("_reading")
            self._stop("_writing")
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._address is None:
                return
            if self._reading is None and not self._answering():
                self._reading = self.loop.call_later(limits.header_seconds, self.transport.abort)
            super().data_received(data)
            if self._answering():
                self._stop("_reading")

        def pause_writing(self) -> None:
            if self._writing is None:
                self._writing = self.loop.call_later(limits.write_seconds, self.transport.abort)
            super().pause_writing()

        def resume_writing(self) -> None:
            self._stop("_writing")
            super().resume_writing()

        def on_response_complete(self) -> None:
            """A request that was pipelined behind this one has begun, or the line is idle."""
            super().on_response_complete()
            if self._answering():
                self._stop("_reading")

        def _answering(self) -> bool:
            """A request's headers are complete and its answer is not."""
            return self.cycle is not None and not self.cycle.response_complete

        def _stop(self, name: str) -> None:
            timer = getattr(self, name)
            if timer is not None:
                timer.cancel()
                setattr(self, name, None)

    return Guarded
