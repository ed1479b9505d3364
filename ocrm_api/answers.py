"""Answers as msgspec structs: one declaration is what routes return, what is encoded and what OpenAPI says.

pydantic checks what comes in; what goes out is made by this program, and msgspec encodes it in a tenth of the
time.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Response
from pydantic import BaseModel

from ocrm_api import examples
from ocrm_api.problems import documented

JSON: Final = "application/json"
_COMPONENTS: Final = "x-components"
"""Of an operation, until the whole contract is put together: the schemas that its answers refer to."""
_REF: Final = "#/components/schemas/{name}"

_encode = msgspec.json.Encoder().encode


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encode(value), status, headers, media_type=JSON)


def modelled(value: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The same of a pydantic model, which the route's decorator names."""
    return Response(value.model_dump_json(), status, headers, media_type=JSON)


def described(
    kind: Any, *problems: int, status: int = 200, says: str = "", example: Any = None,
    takes: Any = None, sample: Any = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """For a route's decorator: this struct is its answer, and these problems may come instead.

    `takes`: the struct of its body, `sample` an example of it. `more`: further arguments of the decorator;
    `responses` among them are added.
    """
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_REF)
    content: dict[str, Any] = {"schema": schema}
    if example is not None:
        content["example"] = msgspec.to_builtins(example, str_keys=True)
    responses = {
        status: {"description": says or HTTPStatus(status).phrase, "content": {JSON: content}},
        **documented(*problems),
        **more.pop("responses", {}),
    }
    extra = {**more.pop("openapi_extra", {}), _COMPONENTS: components}
    if takes is not None:
        (wanted,), further = msgspec.json.schema_components([takes], ref_template=_REF)
        components.update(further)
        asked: dict[str, Any] = {"schema": wanted}
        if sample is not None:
            asked["example"] = msgspec.to_builtins(sample, str_keys=True)
        extra["requestBody"] = {"required": True, "content": {JSON: asked}}
    return {
        "response_model": None, "response_class": Response, "status_code": status, "responses": responses,
        "openapi_extra": extra, **more,
    }  # fmt: skip


def gather_components(contract: dict[str, Any]) -> dict[str, Any]:
    """Moves what operations refer to where references point."""
    schemas = contract.setdefault("components", {}).setdefault("schemas", {})
    for path in contract["paths"].values():
        for operation in path.values():
            schemas.update(operation.pop(_COMPONENTS, {}))
            also = [
                *((400, 413) if "requestBody" in operation else ()),  # no text at all; more than is taken
                *((429, 503) if "401" in operation["responses"] else ()),  # too often; no store to ask who
            ]
            for status in also:
                operation["responses"].setdefault(str(status), documented(status)[status])
    examples.fill(contract)
    return contract


def install(app: FastAPI) -> None:
    """The app's contract is whole."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = gather_components(plain())
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]
