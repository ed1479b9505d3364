"""What use cases raise, as problems: one table for all routes."""

from fastapi import FastAPI, Request, Response

from ecif import history
from ecif.corrections import NotCorrect
from ecif.stewardship import Changed, NotPossible
from ocrm_api.cursors import BadCursor
from ocrm_api.parties.reading import Elsewhere, NotThere, Restricted
from ocrm_api.problems import ProblemResponse, problem
from ocrm_api.search.finder import NotAsked

NOT_THERE = "there is no such thing, or not for you"
"""Whatever is meant: nobody is told which."""
STATUS: dict[type[Exception], int] = {
    NotAsked: 422, NotCorrect: 422, BadCursor: 400, history.BadCursor: 400, Changed: 412,
    NotPossible: 409,
}  # fmt: skip
"""Their texts name rules, never values."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(NotThere, _not_there)
    app.add_exception_handler(Elsewhere, _elsewhere)
    app.add_exception_handler(Restricted, _restricted)
    for kind in STATUS:
        app.add_exception_handler(kind, _refused)


def _not_there(_request: Request, _error: Exception) -> ProblemResponse:
    return problem(404, NOT_THERE)


def _restricted(_request: Request, _error: Exception) -> ProblemResponse:
    return problem(403, "processing of this customer's data is restricted")


def _elsewhere(request: Request, error: Exception) -> Response:
    """The same of the surviving number."""
    assert isinstance(error, Elsewhere)
    asked = request.path_params["ecif_no"]
    path = request.url.path.replace(asked, error.ecif_no)
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=308, headers={"Location": path + query})


def _refused(_request: Request, error: Exception) -> ProblemResponse:
    return problem(STATUS[type(error)], str(error))
