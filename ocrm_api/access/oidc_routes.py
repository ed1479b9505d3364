"""`/api/v1/session/oidc`: to the identity provider and back. Browsers only."""

import logging
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from ocrm_api.access.identity import OPEN, entry_of
from ocrm_api.access.oidc import FLOW_SECONDS, NotAdmitted, Oidc
from ocrm_api.access.services import Services, set_cookie
from ocrm_api.problems import documented
from ocrm_api.trail.answering import begin

log = logging.getLogger("ocrm_api.access")
FLOW_COOKIE = "ecif_oidc"
_PATH = "/api/v1/session/oidc"
_THERE = "/console/"
_ARRIVED = f'<!doctype html><meta http-equiv="refresh" content="0;url={_THERE}"><a href="{_THERE}">ECIF</a>'
_Text = Annotated[str, Query(max_length=2_000)]


def oidc_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix=_PATH, tags=["session"], dependencies=[OPEN])

    @router.get("", status_code=303, response_class=RedirectResponse, responses=documented(404, 429, 503))
    def to_the_provider(request: Request) -> Response:
        """Sends the browser to the bank's identity provider."""
        try:
            leaving = _provider(services).leave(_callback(services, request))
        except NotAdmitted as error:
            log.error("OpenID Connect: %s", error)
            raise HTTPException(503, "the identity provider cannot be asked now") from None
        response = RedirectResponse(leaving.url, 303)
        # Lax: the browser comes back by a link of the provider's.
        response.set_cookie(
            FLOW_COOKIE, leaving.flow, max_age=FLOW_SECONDS, path=_PATH, httponly=True,
            secure=request.url.scheme == "https", samesite="lax",
        )  # fmt: skip
        return response

    @router.get("/callback", response_class=HTMLResponse, responses=documented(401, 404, 422, 429, 503))
    def from_the_provider(
        request: Request, state: _Text = "", code: _Text = "", error: _Text = ""
    ) -> Response:
        """Opens a session for whom the provider vouches for."""
        provider = _provider(services)
        entry = begin(request.scope, entry_of(request, "log_in"))
        entry.via = "oidc"
        try:
            if error:
                raise NotAdmitted("the provider refused")
            flow = request.cookies.get(FLOW_COOKIE, "")
            account = provider.come_back(flow, state, code, _callback(services, request))
        except NotAdmitted as refused:
            log.warning("OpenID Connect: %s", refused)
            entry.notes["outcome"] = str(refused)
            raise HTTPException(401, "the identity provider did not let you in here") from None
        entry.actor, entry.notes["outcome"] = account.name, "admitted"
        # A page, no redirect: after a redirect the strict cookie would still count as another site's.
        response = HTMLResponse(_ARRIVED)
        set_cookie(response, request, services.login.admit(account).cookie)
        response.delete_cookie(FLOW_COOKIE, path=_PATH)
        return response

    return router


def _provider(services: Services) -> Oidc:
    if services.oidc is None:
        raise HTTPException(404, "this server has no identity provider: [oidc] in staff.toml names it")
    return services.oidc


def _callback(services: Services, request: Request) -> str:
    conf = services.conf.oidc
    base = conf.base_url if conf else None
    return f"{str(base or request.base_url).rstrip('/')}{_PATH}/callback"
