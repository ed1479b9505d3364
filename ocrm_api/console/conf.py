"""The conf in force, to read; secrets are left out before it comes here."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit


def conf_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/conf", response_class=HTMLResponse)
    def conf(
        request: Request, staff: Annotated[Staff, needs("conf.read")],
        file: Annotated[str, Query(max_length=200)] = "",
    ) -> HTMLResponse:  # fmt: skip
        files = kit.bank.conf()
        chosen = next((one for one in files if one.name == file), files[0] if files else None)
        return kit.pages.show(request, "conf/conf.html", staff, section="conf", files=files, chosen=chosen)

    return router
