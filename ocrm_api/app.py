"""The HTTP application: built from settings, one router a capability. Run by uvicorn in a process of its own.

It shares the database with the hub, not the event loop: a malformed request must never reach the sockets of
the systems.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from ocrm_api import answers, problems, refusals
from ocrm_api.access.identity import OPEN
from ocrm_api.access.oidc_routes import oidc_routes
from ocrm_api.access.services import Services
from ocrm_api.access.session_routes import session_routes
from ocrm_api.access.staff_routes import staff_routes
from ocrm_api.bank import Bank
from ocrm_api.chains import OCRM, TRAIL, trail_url
from ocrm_api.console.fault_pages import FaultPages
from ocrm_api.console.kit import Kit
from ocrm_api.console.pages import Pages
from ocrm_api.console.routes import add_console
from ocrm_api.corrections.desk import Corrections
from ocrm_api.corrections.routes import correction_routes
from ocrm_api.database import Database
from ocrm_api.feeds.routes import feed_routes
from ocrm_api.guard import install as guard
from ocrm_api.health.routes import health_routes
from ocrm_api.idempotency.once import Once
from ocrm_api.lean import Shortcut
from ocrm_api.operations.orders import Orders
from ocrm_api.operations.resyncing import Resyncs
from ocrm_api.operations.routes import operations_routes
from ocrm_api.operations.watching import Watch
from ocrm_api.parties.past_routes import past_routes
from ocrm_api.parties.routes import READ, READ_WAY, party_routes, reads
from ocrm_api.privacy.desk import Privacy
from ocrm_api.privacy.routes import privacy_routes
from ocrm_api.quality.counting import Counting
from ocrm_api.quality.routes import quality_routes
from ocrm_api.search.desk import SearchDesk
from ocrm_api.search.follower import FollowerThread
from ocrm_api.settings import Settings
from ocrm_api.source import Source
from ocrm_api.stewardship.desk import Desk
from ocrm_api.stewardship.routes import stewardship_routes
from ocrm_api.trail.routes import trail_routes
from ocrm_api.trail.trail import Trail


def create_app(settings: Settings, bank: Bank | None = None) -> FastAPI:
    """Opens nothing: the store is opened by the first request that needs it. Without `bank` only what the
    store and the hub can tell is served."""
    source = Source(settings.database_url, bank, settings.numbers)
    own = Database(settings.database_url, OCRM)
    trail = Trail(Database(trail_url(settings.database_url), TRAIL), settings.anchors)
    services = Services.on(own, settings.staff, settings.limits)
    replies = Once(own, services.directory.key, services.accounts.passwords)
    resyncs = Resyncs(source, settings.hub_socket.parent)
    counting = Counting(source, settings.hub_socket.parent)
    desk, privacy = Desk(source), Privacy(source)
    search = SearchDesk(settings.database_url, source, own, settings.systems)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        following = FollowerThread(search.follower)
        following.start()
        yield
        resyncs.close()
        counting.close()
        await run_in_threadpool(following.stop)
        await run_in_threadpool(trail.close)
        search.close()
        source.close()
        own.close()

    # The stock documentation page loads scripts from foreign hosts; ours is plain.
    app = FastAPI(
        title="ECIF hub", version="1", docs_url=None, redoc_url=None, lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours is `ocrm_api.health`
    )  # fmt: skip
    app.state.access, app.state.trail = services, trail
    problems.install(app)
    refusals.install(app)
    answers.install(app)
    pages = Pages(source)
    read = reads(source)
    app.add_middleware(Shortcut, form=READ, way=READ_WAY, answer=read)
    app.add_middleware(FaultPages, pages=pages)
    guard.install(app, settings, trail.writer)
    app.include_router(party_routes(source, search, read))
    app.include_router(health_routes(settings, source))
    app.include_router(session_routes(services, replies))
    app.include_router(oidc_routes(services))
    app.include_router(staff_routes(services, replies))
    app.include_router(trail_routes(trail))
    if bank is not None:
        watch = Watch(settings, source, bank)
        orders = Orders(settings, bank, watch, resyncs)
        kit = Kit(
            settings, source, bank, pages, services, trail, search, replies, desk, privacy, orders, counting
        )
        add_console(app, kit)
    app.include_router(past_routes(source))
    app.include_router(feed_routes(source, search))
    if bank is not None:
        app.include_router(operations_routes(watch, source, bank, search, replies, orders))
        app.include_router(quality_routes(counting, replies))
    app.include_router(privacy_routes(privacy, replies))
    app.include_router(stewardship_routes(desk, replies))
    app.include_router(correction_routes(Corrections(source), replies))

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse, dependencies=[OPEN])
    def docs() -> str:
        return docs_page(app)

    return app


def docs_page(app: FastAPI) -> str:
    """The operations as a table: no script, nothing loaded from elsewhere."""
    rows = "".join(
        f"<tr><td>{escape(method.upper())}</td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', operation.get('summary', '')))}</td></tr>"
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>ECIF hub: API</title>'
        "<h1>ECIF hub: API</h1><p>The contract for machines: "
        '<a href="/openapi.json">openapi.json</a>.</p>'
        f"<table><tr><th>Method</th><th>Path</th><th>What it does</th></tr>{rows}</table></html>"
    )
