"""The hot route without what it does not need: a read by number is most of what other programs ask for.

FastAPI works out the arguments of a route anew for each request, which takes longer than the read itself.
Here the route is declared like any, so that the contract holds it, and is answered by a plain function of the
request, after the same `needs` as everywhere.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from ocrm_api.access.identity import Needs, Staff

Handler = Callable[[Request, Staff], Response]


def lean(permission: str, handle: Handler, waits: Callable[[], bool]) -> type[APIRoute]:
    """A route class whose only route `handle` answers. `waits`: its database is another machine, so the event
    loop must not be held up by it; a file beside the process is read at once."""
    needed = Needs(permission)

    class Lean(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Any]]:  # type: ignore[override]
            async def answered(request: Request) -> Response:
                staff = await needed(request, None, None)
                if waits():
                    return await run_in_threadpool(handle, request, staff)
                return handle(request, staff)

            return answered

    return Lean
