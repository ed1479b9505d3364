"""Errors as RFC 9457 problem documents, for every route alike. No problem holds a customer's value."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ecif.store.errors import StoreError

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def problem(
    status: int,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    more: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """`more`: members of this problem alone."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return ProblemResponse({**body.model_dump(exclude_none=True), **(more or {})}, status, headers)


_SCHEMA: Final = Problem.model_json_schema()


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These answers for OpenAPI."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    shown = Problem(title=HTTPStatus(status).phrase, status=status, detail=DETAILS.get(status))
    return shown.model_dump(exclude_none=True)


DETAILS: Mapping[int, str] = {
    400: "send an Idempotency-Key: a word of your own, new for every act",
    401: "log in, or send a token",
    403: "the role viewer does not allow to merge, split and move customers",
    404: "there is no such thing, or not for you",
    409: "the same request is under way",
    410: "the feed was made anew: take a full copy and begin without a cursor",
    412: "100000000001 is another version by now",
    413: "the request is larger than this server takes",
    415: "the body must be application/json",
    422: "body.reason: Field required",
    428: "send If-Match with the ETag of what was looked at: 100000000001",
    429: "too many requests: wait",
    503: "the store cannot be read now",
}
"""What such a problem may say."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _no_store)


def _refused(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)


def _invalid(_request: Request, error: Exception) -> ProblemResponse:
    """Which parameter and which rule; the value is the sender's own business."""
    assert isinstance(error, RequestValidationError)
    rules = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return problem(422, "; ".join(rules))


def _no_store(_request: Request, error: Exception) -> ProblemResponse:
    return problem(503, str(error), {"Retry-After": "5"})
