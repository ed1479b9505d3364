"""`/healthz`, `/readyz`, `/metrics`: for orchestrators and dashboards. Open to everybody who may connect."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from ecif.store.errors import StoreError
from ocrm_api.access.identity import OPEN
from ocrm_api.health.hub import HubSilent, ask_hub
from ocrm_api.health.metrics import StoreCounts, exposition
from ocrm_api.problems import documented, problem
from ocrm_api.settings import Settings
from ocrm_api.source import Source

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(settings: Settings, source: Source) -> APIRouter:
    router = APIRouter(tags=["health"], dependencies=[OPEN])

    @router.get("/healthz")
    def process_lives() -> dict[str, str]:
        """This process answers; nothing else is asked."""
        return {"status": "ok"}

    @router.get("/readyz", responses=documented(503))
    def ready_to_work() -> Response:
        """Whether the hub answers and the store can be read; 503 otherwise, with the reason."""
        checks = {"hub": _hub_state(settings), "store": _store_state(source)}
        if set(checks.values()) == {"ok"}:
            return JSONResponse({"status": "ready", **checks})
        return problem(503, "not ready", more=checks)

    @router.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Prometheus text."""
        counts = _counts_or_none(source, settings.systems)
        text = exposition(_hub_or_none(settings), counts, settings.certificates)
        return Response(text, media_type=_METRICS_TYPE)

    return router


def _hub_state(settings: Settings) -> str:
    hub = _hub_or_none(settings)
    if hub is None:
        return "silent"
    return "ok" if hub.get("ready", True) else "not ready"


def _store_state(source: Source) -> str:
    try:
        source.check()
    except StoreError as error:
        return str(error)
    return "ok"


def _hub_or_none(settings: Settings) -> Mapping[str, Any] | None:
    try:
        return ask_hub(settings.hub_socket, settings.hub_seconds)
    except HubSilent:
        return None


def _counts_or_none(source: Source, systems: tuple[str, ...]) -> StoreCounts | None:
    try:
        return source.counts(systems)
    except StoreError:
        return None
