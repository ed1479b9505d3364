"""The hot route without what it does not need: a read by number is most of what other programs ask for.

FastAPI works out the arguments of a route anew for each request, and its way from the socket to the route
takes longer than the read itself. Here the route is declared like any, so that the contract holds it, and is
answered by a plain function of the request, after the same `needs` as everywhere. `Shortcut` leads requests
of that form there; whatever it does not recognise goes the usual way, to the same function.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ocrm_api.access.identity import Needs, Staff

Read = TypeVar("Read")


class Lean(Generic[Read]):
    """Answers a request: by right, `fetch` reads what `handle` makes an answer of."""

    def __init__(
        self,
        permission: str,
        fetch: Callable[[Request], Awaitable[Read]],
        handle: Callable[[Request, Staff, Read], Response],
    ) -> None:
        self._needed, self._fetch, self._handle = Needs(permission), fetch, handle

    async def __call__(self, request: Request) -> Response:
        staff = await self._needed(request, None, None)
        return self._handle(request, staff, await self._fetch(request))

    def route_class(self) -> type[APIRoute]:
        """Of the declared route."""
        answered = self.__call__

        class Declared(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Awaitable[Any]]:  # type: ignore[override]
                return answered

        return Declared


class Way(NamedTuple):
    """What the trail calls `route` of a request: the path's template."""

    path: str


class Shortcut:
    """An ASGI layer, the innermost: GET of a path of this form is answered without looking for its route.

    What is raised goes to the application's own handlers; what they do not know, to the layers around."""

    def __init__(self, app: ASGIApp, *, form: re.Pattern[str], way: Way, answer: Lean[Any]) -> None:
        self._app, self._form, self._way, self._answer = app, form, way, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._form.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        scope["path_params"], scope["route"] = found.groupdict(), self._way
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Exception as error:
            response = await _handled(request, error)
        await response(scope, receive, send)


async def _handled(request: Request, error: Exception) -> Response:
    """As Starlette's own layer does: the handler of the nearest kind."""
    handlers = request.app.exception_handlers
    handler = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), None)
    if handler is None:
        raise error
    said = handler(request, error)
    return said if isinstance(said, Response) else await said
