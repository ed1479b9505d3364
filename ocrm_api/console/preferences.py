"""Language and colours as somebody likes them: kept in cookies of their own, logged in or not."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from ocrm_api.access.identity import OPEN
from ocrm_api.console.words import LANGUAGES, preferred

THEMES: Final = ("auto", "light", "dark")
_YEAR: Final = 365 * 86_400
_LANGUAGE, _THEME = "ecif_language", "ecif_theme"
HOME: Final = "/console/"


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str
    theme: str
    """"auto" follows the machine."""


def preferences_of(request: Request) -> Preferences:
    language = request.cookies.get(_LANGUAGE, "")
    theme = request.cookies.get(_THEME, "")
    return Preferences(
        language if language in LANGUAGES else preferred(request.headers.get("accept-language", "")),
        theme if theme in THEMES else "auto",
    )


def preference_pages() -> APIRouter:
    router = APIRouter(dependencies=[OPEN])

    @router.get("/preferences")
    def prefer(
        request: Request,
        language: Annotated[str, Query(max_length=8)] = "",
        theme: Annotated[str, Query(max_length=8)] = "",
        to: Annotated[str, Query(max_length=2000)] = HOME,
    ) -> RedirectResponse:
        """Kept for a year; back to where one was."""
        answer = RedirectResponse(within(to), 303)
        for cookie, value, known in ((_LANGUAGE, language, LANGUAGES), (_THEME, theme, THEMES)):
            if value in known:
                answer.set_cookie(
                    cookie, value, max_age=_YEAR, path="/console", httponly=True, samesite="lax",
                    secure=request.url.scheme == "https",
                )  # fmt: skip
        return answer

    return router


def within(path: str) -> str:
    """A path of the console; where somebody else's was asked for, its first page."""
    parts = urlsplit(path)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(HOME)
    clean = path.isprintable() and "\\" not in path and not path.startswith("//")
    return path if inside and clean else HOME
