"""Every route of the application with what it needs, for tests that must not forget one."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ocrm_api.access.identity import permission_of
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ocrm_api.desks import LentBank

PLAIN = {"/openapi.json"}
"""Routes of the framework's own, which hold no customer."""


@functools.cache
def contract() -> Mapping[str, Any]:
    """What `/openapi.json` says, whatever the store."""
    return create_app(Settings("sqlite:///none.db", Path("none")), LentBank(None)).openapi()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    permissions: frozenset[str]
    """"" stands for a route that is open."""
    route: RouteContext

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def asked(app: FastAPI) -> Iterator[Asked]:
    """Every method of every route. Fails on a kind of route that nobody has thought of."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            assert route.methods is not None
            for method in sorted(route.methods - {"HEAD"}):
                yield Asked(method, str(route.path), frozenset(_permissions(route.dependant)), route)
        elif isinstance(route.original_route, Mount):
            assert isinstance(route.original_route.app, StaticFiles), f"{route.path}: mount files only"
        else:
            assert isinstance(route.original_route, Route)
            assert route.path in PLAIN, f"{route.path}: not a route of FastAPI's, so nothing guards it"


def _permissions(dependant: Dependant) -> Iterator[str]:
    for one in dependant.dependencies:
        permission = permission_of(one.call)
        if permission is not None:
            yield permission
        yield from _permissions(one)


def filled(path: str, **values: Any) -> str:
    """The path with its parameters: by name, otherwise something that fits most."""
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}").partition(":")[0]
            path = path.replace(part, str(values.get(name, "100000000001" if "ecif" in name else "1")))
    return path
