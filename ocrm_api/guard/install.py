"""All layers around the routes, the outermost last."""

from fastapi import FastAPI

from ocrm_api.guard.faults import Faults
from ocrm_api.guard.headers import SecurityHeaders
from ocrm_api.guard.requests import Requests
from ocrm_api.settings import Settings
from ocrm_api.trail.answering import Answering
from ocrm_api.trail.writer import Writer


def install(app: FastAPI, settings: Settings, writer: Writer) -> None:
    app.add_middleware(Faults)
    app.add_middleware(Answering, writer=writer)
    app.add_middleware(Requests, limits=settings.limits, hosts=settings.hosts)
    app.add_middleware(SecurityHeaders)
