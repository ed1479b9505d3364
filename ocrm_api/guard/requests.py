"""What a request may be before any route sees it: addressed to us, not too many, not too large, not too slow.

A name in `Host` that is not ours may be a foreign page whose name was pointed at this machine (DNS
rebinding): only names of conf are answered, and bare addresses, which cannot be rebound. Health and metrics
hold no customer and are asked for by any name.
"""

import asyncio
import re
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocrm_api.guard.conf import HttpLimits
from ocrm_api.guard.rates import Rate
from ocrm_api.problems import ProblemResponse, problem

MONITORING = ("/healthz", "/readyz", "/metrics")
ANY_HOST = "*"
_CLOSE = {"Connection": "close"}
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


class Requests:
    """Refuses; what it lets through has a body that ends in time and within its length."""

    def __init__(self, app: ASGIApp, limits: HttpLimits, hosts: tuple[str, ...]) -> None:
        self._app, self._limits = app, limits
        self._hosts = frozenset(host.lower() for host in hosts)
        self._rate = Rate(limits.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # nothing here speaks WebSocket
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._app(scope, Body(receive, self._limits).receive, send)

    def _refusal(self, scope: Scope) -> ProblemResponse | None:
        headers = Headers(scope=scope)
        if scope["path"] not in MONITORING and not self._is_ours(headers.getlist("host")):
            return problem(421, "no host of this name is served here: http.hosts in hub.toml lists them")
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._limits.body_bytes:
            return problem(413, _TEXTS[413], _CLOSE)
        client = scope.get("client")
        waits = self._rate.wait(client[0] if client else "")
        if waits:
            return problem(429, "too many requests from this address", {"Retry-After": str(int(waits) + 1)})
        return None

    def _is_ours(self, told: list[str]) -> bool:
        if ANY_HOST in self._hosts:
            return True
        found = _HOST.fullmatch(told[0]) if len(told) == 1 else None
        return found is not None and (found["name"].lower() in self._hosts or _is_address(found["name"]))


_TEXTS = {408: "the request did not come in time", 413: "the request is larger than this server takes"}


@lru_cache(1_024)
def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Body:
    """A request's body as it comes, counted and timed. What comes after its end (the client going away) may
    take as long as it likes."""

    def __init__(self, receive: Receive, limits: HttpLimits) -> None:
        self._receive = receive
        self._left = limits.body_bytes
        self._until = asyncio.get_running_loop().time() + limits.body_seconds
        self._ended = False

    async def receive(self) -> Message:
        if self._ended:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, _TEXTS[408], _CLOSE) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, _TEXTS[413], _CLOSE)
        self._ended = not message.get("more_body", False)
        return message
