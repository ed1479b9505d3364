"""Refusals and faults as pages, for whoever asked for a page; everybody else gets the problem document."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecif.stewardship import Changed, NotPossible
from ecif.store.errors import StoreError
from ocrm_api.console.kit import NOBODY
from ocrm_api.console.pages import Pages
from ocrm_api.console.preferences import HOME
from ocrm_api.guard.faults import note_fault
from ocrm_api.parties.reading import Elsewhere, NotThere, Restricted
from ocrm_api.refusals import STATUS

_KNOWN: Final = frozenset((400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503))
Handler = Callable[[Request, Any], Any]


def say_as_pages(app: FastAPI, pages: Pages) -> None:
    """Puts itself before the handlers that there are."""
    for kind in (
        HTTPException,
        RequestValidationError,
        StoreError,
        NotThere,
        Elsewhere,
        Restricted,
        *STATUS,  # each by name: the handler of the nearest class is taken
    ):
        app.add_exception_handler(kind, _before(app.exception_handlers.get(kind), pages))


class FaultPages:
    """A fault of ours as a page: an ASGI layer inside the one that answers everybody else."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(HOME):
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if started:
                raise
            note_fault(error)
            answer = await run_in_threadpool(fault_page, self._pages, Request(scope), 500, "")
            await answer(scope, receive, send)


def _before(other: Handler | None, pages: Pages) -> Callable[[Request, Exception], Any]:
    async def say(request: Request, error: Exception) -> Response:
        if not request.url.path.startswith(HOME):
            if other is None:
                raise error
            said = other(request, error)
            return said if isinstance(said, Response) else await said
        if isinstance(error, Elsewhere):
            return RedirectResponse(f"/console/customers/{error.ecif_no}?was=1", 303)
        status, detail = _told(error)
        if status == 401:
            return _to_log_in(request)
        return await run_in_threadpool(fault_page, pages, request, status, detail)

    return say


def _told(error: Exception) -> tuple[int, str]:
    """Status, and what may be said of it. A rule names the field; it never holds what stood there."""
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, RequestValidationError):
        return 422, "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in error.errors())
    if isinstance(error, StoreError):
        return 503, str(error)
    if isinstance(error, Restricted):
        return 403, "processing of this customer's data is restricted"
    if isinstance(error, NotThere):
        return 404, NOBODY
    if isinstance(error, Changed):
        return 409, str(error)
    if isinstance(error, NotPossible):
        return 422, str(error)
    return next(status for kind, status in STATUS.items() if isinstance(error, kind)), str(error)


def fault_page(pages: Pages, request: Request, status: int, detail: str) -> Response:
    shown = status if status in _KNOWN else 500 if status >= 500 else 400
    return pages.show(request, "fault.html", status=status, fault=shown, detail=detail)


def _to_log_in(request: Request) -> Response:
    """Back to this page afterwards, where it can be asked for again."""
    if request.method != "GET":
        return RedirectResponse("/console/login?ended=1", 303)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/console/login?to={quote(here, safe='')}", 303)
