"""No answer before its trail: an ASGI layer that holds an answer back until its entries are committed.

Whoever handles a request begins entries with `begin`; the status is filled in when the answer starts. When
the trail cannot be written the answer is a 503 and nothing of the other one leaves.
"""

import asyncio
from concurrent.futures import Future
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocrm_api.problems import problem
from ocrm_api.trail.entry import Entry
from ocrm_api.trail.writer import Writer

_KEY = "ocrm.trail"


def begin(scope: Any, entry: Entry) -> Entry:
    """This act is part of the request; it may be told more until the answer starts."""
    scope.setdefault(_KEY, []).append(entry)
    return entry


class Answering:
    def __init__(self, app: ASGIApp, writer: Writer) -> None:
        self._app, self._writer = app, writer
        self._commit: tuple[Future[None], asyncio.Future[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entries: list[Entry] = []
        scope[_KEY] = entries
        refused = False

        async def held(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start" and entries:
                for entry in entries:
                    entry.status = entry.status or message["status"]
                try:
                    await self._committed(self._writer.record(*entries))
                except Exception:  # the writer has logged it
                    refused = True
                    answer = problem(503, "the audit trail cannot be written", {"Retry-After": "5"})
                    await answer(scope, receive, send)
                    return
            await send(message)

        await self._app(scope, receive, held)

    def _committed(self, done: Future[None]) -> asyncio.Future[None]:
        """The thread that commits wakes the loop once for all who wait. Who goes away ends nobody's wait."""
        if self._commit is None or self._commit[0] is not done:
            self._commit = done, asyncio.wrap_future(done)
        return asyncio.shield(self._commit[1])
