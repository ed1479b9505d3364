"""The contract is whole: every body has an example, and every example fits its schema."""

from typing import Any

import pytest

from ocrm_api.problems import MEDIA_TYPE
from tests.ocrm_api.routes import contract

jsonschema_rs = pytest.importorskip("jsonschema_rs")
CONTRACT = contract()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
]


def bodies(operation: Any) -> Any:
    yield "asked", operation.get("requestBody", {}).get("content", {})
    for status, answer in operation["responses"].items():
        yield status, answer.get("content", {})


def test_every_body_has_an_example_that_fits() -> None:
    wrong = []
    for name, operation in OPERATIONS:
        for which, kinds in bodies(operation):
            for media, content in kinds.items():
                if media not in ("application/json", MEDIA_TYPE) or not content.get("schema"):
                    continue
                if "example" not in content:
                    wrong.append(f"{name} {which}: no example")
                    continue
                whole = {**content["schema"], "components": CONTRACT["components"]}
                found = jsonschema_rs.validator_for(whole).iter_errors(content["example"])
                wrong += [f"{name} {which}: {one.message} at {list(one.instance_path)}" for one in found]
    assert wrong == []


def test_every_problem_that_any_operation_may_answer_is_named() -> None:
    for name, operation in OPERATIONS:
        named = operation["responses"].keys()
        if "401" in named:
            assert {"429", "503"} <= named, name
        if "requestBody" in operation:
            assert {"400", "413", "422"} <= named, name
