"""What use cases raise, as problems: one table for all routes."""

from fastapi import FastAPI, Request, Response

from ocrm_api.cursors import BadCursor
from ocrm_api.parties.reading import Elsewhere, NotThere
from ocrm_api.problems import ProblemResponse, problem
from ocrm_api.search.finder import NotAsked

NO_SUCH_CUSTOMER = "no customer has this ECIF number"
"""Also where the reader may not see it: nobody is told which."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(NotThere, _not_there)
    app.add_exception_handler(Elsewhere, _elsewhere)
    app.add_exception_handler(NotAsked, _not_asked)
    app.add_exception_handler(BadCursor, _bad_cursor)


def _not_there(_request: Request, _error: Exception) -> ProblemResponse:
    return problem(404, NO_SUCH_CUSTOMER)


def _elsewhere(request: Request, error: Exception) -> Response:
    """The same of the surviving number."""
    assert isinstance(error, Elsewhere)
    asked = request.path_params["ecif_no"]
    path = request.url.path.replace(asked, error.ecif_no)
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=308, headers={"Location": path + query})


def _not_asked(_request: Request, error: Exception) -> ProblemResponse:
    return problem(422, str(error))


def _bad_cursor(_request: Request, error: Exception) -> ProblemResponse:
    return problem(400, str(error))
