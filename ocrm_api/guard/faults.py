"""A fault of ours becomes a problem document: no traceback, no value. The log has the place, not the text.

It stands inside the other layers, so that its answer has their headers and is in the trail.
"""

import logging
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocrm_api.problems import problem

log = logging.getLogger("ocrm_api")
_PLACES = 3


class Faults:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http":
                raise
            note_fault(error)
            if started:
                raise  # half an answer is out: the line is cut
            await problem(500, "a fault of the server; it is in its log")(scope, receive, send)


def note_fault(error: Exception, what: str = "request") -> None:
    """In the log: which kind, and where; not what it says, which may hold a value."""
    log.error("%s failed: %s at %s", what, type(error).__name__, _places(error))


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
