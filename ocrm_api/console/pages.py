"""How a page is made: a template, the reader's language and colours, and what the reader may see.

Templates get `t` (words), `can` (permissions), `asset` (address of a file of `static`, changing with its
content, so that browsers may keep it for ever) and the rail with the open questions counted on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from ecif.store import asides, reports
from ocrm_api.access.identity import CSRF_FIELD, Staff
from ocrm_api.console import spelling
from ocrm_api.console.preferences import THEMES, preferences_of
from ocrm_api.console.words import LANGUAGES, Words
from ocrm_api.source import Source

TAGS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-CN"}
"""Of HTML's `lang` (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the rail."""

    name: str
    href: str
    icon: str
    needs: str
    counts: str = ""
    """Which open questions stand beside it."""


RAIL: Final[Mapping[str, Sequence[Place]]] = {
    "customers": (
        Place("overview", "/console/", "overview", "account.own"),
        Place("search", "/console/search", "search", "parties.search"),
        Place("reviews", "/console/reviews", "reviews", "reviews.read", "reviews"),
        Place("decisions", "/console/decisions", "check", "reviews.read"),
    ),
    "operations": (
        Place("systems", "/console/systems", "systems", "operations.read"),
        Place("messages", "/console/messages", "messages", "journal.read"),
        Place("aside", "/console/aside", "aside", "operations.read", "aside"),
        Place("quality", "/console/quality", "quality", "quality.read"),
    ),
    "house": (
        Place("trail", "/console/trail", "trail", "trail.read"),
        Place("staff", "/console/staff", "people", "staff.read"),
        Place("conf", "/console/conf", "conf", "conf.read"),
    ),
}


class Pages:
    """Made once, with the application."""

    def __init__(self, source: Source) -> None:
        self.words = Words()
        self._source = source
        self._marks = {file.name: _mark(file.read_bytes()) for file in _static()}
        self._templates = Environment(
            loader=PackageLoader("ocrm_api.console"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "moment": spelling.moment, "machine": spelling.machine, "day": spelling.day,
            "amount": spelling.amount, "duration": spelling.duration,
        }  # fmt: skip
        self._templates.globals["asset"] = self.asset

    def asset(self, name: str) -> str:
        return f"/console/static/{name}?{self._marks[name]}"

    def show(
        self, request: Request, template: str, staff: Staff | None = None, *, status: int = 200,
        section: str = "", **filled: Any,
    ) -> HTMLResponse:  # fmt: skip
        liked = preferences_of(request)
        context = {
            "t": self.words.translator(liked.language),
            "language": liked.language,
            "language_tag": TAGS[liked.language],
            "languages": LANGUAGES,
            "tags": TAGS,
            "theme": liked.theme,
            "themes": THEMES,
            "here": _here(request),
            "staff": staff,
            "section": section,
            "said": _said(request),
            "can": (lambda permission: staff is not None and staff.may(permission)),
            "csrf": (lambda: _csrf(staff)),
            "navigation": self._navigation(staff),
        }
        text = self._templates.get_template(template).render(context | filled)
        return HTMLResponse(text, status, {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"})

    def _navigation(self, staff: Staff | None) -> Mapping[str, list[dict[str, Any]]]:
        if staff is None:
            return {}
        counts = self._counts(staff)
        return {
            group: [
                {"name": one.name, "href": one.href, "icon": one.icon, "count": counts.get(one.counts, 0)}
                for one in places
                if staff.may(one.needs)
            ]
            for group, places in RAIL.items()
        }

    def _counts(self, staff: Staff) -> Mapping[str, int]:
        """What is open in the whole bank: for those who may see all of it."""
        return open_questions(self._source) if staff.scope.whole else {}


def open_questions(source: Source) -> dict[str, int]:
    """What waits for people."""
    with source.store().reading() as connection:
        counted, aside = reports.counts(connection), len(asides.aside_ids(connection))
    return {"reviews": counted.review_tasks, "aside": aside}


DONE: Final[Mapping[str, str]] = {
    "merged": "good", "split": "good", "different": "good", "later": "", "corrected": "good",
    "pinned": "good",
    "unpinned": "good", "replayed": "good", "kept": "warn", "discarded": "good", "waiting": "warn",
    "released": "good", "withdrawn": "good", "linked": "good", "changed": "good", "settled": "",
    "paused": "warn", "resumed": "good", "resync": "good", "taken": "good", "given_back": "",
    "consent": "good", "restricted": "warn", "unrestricted": "good", "erased": "good", "ended": "good",
    "counting": "",
    "revoked": "good", "rejected": "", "undone": "good", "added": "good",
}  # fmt: skip
"""What a page can say was done just before, and how good that is."""


def _said(request: Request) -> dict[str, str] | None:
    done = request.query_params.get("done", "")
    return {"key": f"done.{done}", "mark": DONE[done]} if done in DONE else None


def _here(request: Request) -> str:
    """This page again, after a preference changed; of a page that was sent to, the way there is unknown."""
    if request.method != "GET":
        return "/console/"
    parts = urlsplit(str(request.url))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _csrf(staff: Staff | None) -> Markup:
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format(CSRF_FIELD, staff.identity.csrf if staff else "")


def _static() -> list[Any]:
    return [file for file in (files("ocrm_api.console") / "static").iterdir() if file.is_file()]


def _mark(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()
