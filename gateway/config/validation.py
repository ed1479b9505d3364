"""One file's data through its model, every pydantic error told as key, rule and what to do."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.faults import guess
from gateway.config.places import KeyPath
from gateway.config.sources import Fault, Sourced, converted

Model = TypeVar("Model", bound=BaseModel)

_RULES: Mapping[str, str] = {
    "missing": "is required: add it",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "path_type": "must be a path in quotes",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "union_tag_not_found": "needs its {discriminator} to say which kind it is: add it",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
}


def validated(model: type[Model], data: Any) -> tuple[Model | None, list[Fault]]:
    """The model, or the faults of `data`."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        first = error
    # Text from the environment stands for a number or a switch where one is wanted.
    changed = [_convert(data, entry) for entry in first.errors(include_url=False)]
    if not any(changed):
        return None, _faults(model, data, first)
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, _faults(model, data, error)


def _convert(data: Any, entry: Any) -> bool:
    path = real_path(data, entry["loc"], entry["type"])
    value = entry["input"]
    if not path or not isinstance(value, Sourced):
        return False
    holder = data
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = converted(value, entry["type"])
    return holder[path[-1]] is not value


def real_path(data: Any, loc: KeyPath, kind: str) -> KeyPath:
    """`loc` without the tags that pydantic puts in for members of unions."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if _holds(data, part):
            data = data[part]
            path.append(part)
        elif kind == "missing" and index == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, Mapping):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _faults(model: type[BaseModel], data: Any, error: ValidationError) -> list[Fault]:
    return [_fault(model, data, entry) for entry in error.errors(include_url=False)]


def _fault(model: type[BaseModel], data: Any, entry: Any) -> Fault:
    loc, kind = entry["loc"], entry["type"]
    path = real_path(data, loc, kind)
    if kind == "extra_forbidden":
        return path, f"is not a key here: {guess(str(path[-1]), known_keys(model, loc[:-1]))}"
    return path, _rule(kind, entry)


def _rule(kind: str, entry: Any) -> str:
    context = entry.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    rule = _RULES.get(kind)
    if rule is None:
        return str(entry["msg"]).lower()
    return rule.format_map(context)


@cache
def _schema(model: type[BaseModel]) -> Any:
    return model.model_json_schema()


def known_keys(model: type[BaseModel], loc: KeyPath) -> list[str]:
    """The keys a table may have, by the model's JSON Schema: for hints, so a blank answer is good enough."""
    schema = _schema(model)
    here: Any = schema
    for part in (*loc, None):
        here = _plain(schema, here, part)
        if part is not None and part not in _tags(here):
            here = _below(here, part)
    return sorted(here.get("properties", {}))


def _plain(schema: Any, here: Any, part: str | int | None) -> Any:
    """Follow references, and take the member of a union that is a table."""
    while True:
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
        elif "discriminator" in here and part in here["discriminator"].get("mapping", {}):
            here = {"$ref": here["discriminator"]["mapping"][part]}
        elif "anyOf" in here:
            here = next((one for one in here["anyOf"] if one.get("type") not in ("null", "string")), {})
        else:
            return here


def _tags(here: Any) -> Any:
    """After following a discriminated union its tag is used up: recognised by the constant it stands for."""
    constants = (one.get("const") for one in here.get("properties", {}).values())
    return {constant for constant in constants if constant is not None}


def _below(here: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return here.get("items", {})
    return here.get("properties", {}).get(part, here.get("additionalProperties") or {})
