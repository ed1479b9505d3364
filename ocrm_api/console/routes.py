"""All pages of the console, put together."""

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from ocrm_api.console.account import account_pages
from ocrm_api.console.aside import aside_pages
from ocrm_api.console.conf import conf_pages
from ocrm_api.console.corrections import correction_pages
from ocrm_api.console.customers import customer_pages
from ocrm_api.console.decisions import decision_pages
from ocrm_api.console.fault_pages import say_as_pages
from ocrm_api.console.kit import Kit
from ocrm_api.console.login import login_pages
from ocrm_api.console.merging import merging_pages
from ocrm_api.console.messages import message_pages
from ocrm_api.console.overview import overview_pages
from ocrm_api.console.preferences import preference_pages
from ocrm_api.console.privacy import privacy_pages
from ocrm_api.console.quality import quality_pages
from ocrm_api.console.reviews import review_pages
from ocrm_api.console.search import search_pages
from ocrm_api.console.staff import staff_pages
from ocrm_api.console.systems import system_pages
from ocrm_api.console.trail import trail_pages

MAKERS = (
    login_pages,
    account_pages,
    overview_pages,
    search_pages,
    customer_pages,
    privacy_pages,
    system_pages,
    message_pages,
    aside_pages,
    quality_pages,
    conf_pages,
    review_pages,
    decision_pages,
    merging_pages,
    correction_pages,
    trail_pages,
    staff_pages,
)


def add_console(app: FastAPI, kit: Kit) -> None:
    router = APIRouter(prefix="/console", include_in_schema=False)
    for make in MAKERS:
        router.include_router(make(kit))
    router.include_router(preference_pages())
    app.include_router(router)
    static = StaticFiles(packages=[("ocrm_api.console", "static")])
    app.mount("/console/static", static, name="console-static")
    say_as_pages(app, kit.pages)
