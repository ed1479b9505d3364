"""Examples for what names none of its own: built from the schema, with values by the field's name.

Whatever a schema says itself (`examples`, a default, the first of an enumeration) goes before the table here.
They fit their schemas: a test holds every example of the contract against them.
"""

from collections.abc import Mapping
from typing import Any, Final

WHEN: Final = "2026-11-21T09:30:00+08:00"
VALUES: Final[Mapping[str, Any]] = {
    "absorbed": "100000000042", "action": "parties.read", "actor": "li.na", "address": "10.1.2.3",
    "assignee": "li.na", "attribute": "phone:mobile", "cause": "message", "channel": "branch",
    "clear": "document", "code": "0000", "csrf_token": "fC3nD1vJx0u7Qm", "currency": "CNY",
    "customer_no": "0000000017", "days": 30, "detail": {}, "direction": "in", "ecif_no": "100000000001",
    "ecif_nos": "100000000001", "export_rows": 10_000, "field": "CUST-NAME", "file": "hub.toml",
    "format": "fixed", "framing": "length", "hex": "c3d4d5", "id": "CU20261121000001", "kind": "person",
    "label": "nightly list", "manager": "m017", "message": "CU20261121000001", "name": "li.na",
    "notice": "2026-03", "offset": 40, "other": "100000000042", "outcome": "applied", "one": "100000000001",
    "password": "four words nobody guesses", "permissions": "parties.search", "product": "savings",
    "purpose": "marketing", "reason": "called the customer", "recorded_by": "li.na", "role": "viewer",
    "row": 1042, "rule": "trust", "scopes": "parties.search", "section": "http", "state": "done",
    "status": 200, "survivor": "100000000001", "system": "core", "title": "Core banking", "type": "CU01",
    "uri": "otpauth://totp/ECIF:li.na?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=ECIF",
    "value": "139****5678", "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "via": "session",
    "token": "ecif_kJ8…", "codes": "1f0c3-9a7de-04b21-8c6f5",
    "former_numbers": "100000000042", "merged": "100000000042", "branch": "0101", "by": "li.na",
}  # fmt: skip
"""Field → a value of it; where the field is a list, of one of its items."""


def fill(contract: dict[str, Any]) -> None:
    """Every JSON body, asked or answered, has an example."""
    schemas = contract["components"]["schemas"]
    for path in contract["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (one.get("content", {}).get("application/json") for one in bodies):
                if content and content.get("schema"):
                    schema, given = content["schema"], content.get("example")
                    content["example"] = (
                        example(schema, schemas) if given is None else with_nulls(given, schema, schemas)
                    )


def with_nulls(given: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """FastAPI leaves what is null out of examples, too, where the schema wants it said."""
    if "$ref" in schema:
        return with_nulls(given, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if isinstance(given, list) and isinstance(schema.get("items"), dict):
        return [with_nulls(one, schema["items"], schemas) for one in given]
    if not isinstance(given, dict):
        return given
    fields = schema.get("properties", {})
    others = schema.get("additionalProperties")
    rest = others if isinstance(others, dict) else {}
    whole = {name: with_nulls(one, fields.get(name, rest), schemas) for name, one in given.items()}
    return whole | {name: None for name in schema.get("required", ()) if name not in given}


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth + 1)
    for said in ("example", "const", "default"):
        if schema.get(said) is not None:
            return schema[said]
    for said in ("examples", "enum"):
        if schema.get(said):
            return schema[said][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            chosen = [one for one in schema[several] if one.get("type") != "null"]
            return example(chosen[0], schemas, name, depth + 1) if chosen else None
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            return _array(schema, schemas, name, depth)
        case "string":
            return WHEN if schema.get("format") == "date-time" else _plain(schema, name, str, "text")
        case "integer":
            return _plain(schema, name, int, schema.get("minimum", 1))
        case "number":
            return _plain(schema, name, float, 0.97)
        case "boolean":
            return True
        case None if isinstance(VALUES.get(name), dict | str):
            return VALUES[name]
    return None


def _plain(schema: Mapping[str, Any], name: str, kind: type, otherwise: Any) -> Any:
    found = VALUES.get(name)
    fits = isinstance(found, kind) and len(str(found)) >= schema.get("minLength", 0)
    return found if fits else otherwise


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if "properties" in schema:
        return {name: example(one, schemas, name, depth + 1) for name, one in schema["properties"].items()}
    others = schema.get("additionalProperties")
    return {"core": example(others, schemas, "value", depth + 1)} if isinstance(others, dict) else {}


_DEEPEST: Final = 14
"""A schema that holds itself ends here."""


def _array(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> list[Any]:
    if schema.get("prefixItems"):
        return [example(one, schemas, name, depth + 1) for one in schema["prefixItems"]]
    items = schema.get("items")
    return [example(items, schemas, name, depth + 1)] if items and depth < _DEEPEST else []
