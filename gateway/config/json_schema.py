"""JSON Schema of every conf file, for editors that complete and check while one types.

The files in `docs/schema` are made from the models by `make schema`; a test holds them to the models. Each
conf file names its schema in its first line (`#:schema`).

What stands as text below a model's field describes its key. It is read here: pydantic itself would read every
module's source whenever a process starts.
"""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from adapters.declaration.sections import CodesFile
from ecif.linkage.declaration import MatchModel
from ecif.matching_conf import MatchingConf
from ecif.survivorship import SurvivorshipConf
from formats.delimited_file import DelimitedFile
from formats.iso8583.file import Iso8583File
from formats.table import TableFile
from formats.tlv_file import TlvFile
from formats.xml_file import XmlFile
from gateway.config.schema import HubConf, SystemConf
from ocrm_api.access.conf import StaffConf

FILES: Mapping[str, tuple[Any, str]] = {
    "hub": (HubConf, "The hub: hub.toml"),
    "system": (SystemConf, "One system: systems/<name>/system.toml"),
    "codes": (CodesFile, "Standard codes: codes.toml"),
    "matching": (MatchingConf, "Who is the same customer: matching.toml"),
    "model": (MatchModel, "A match model: models/*.toml, docs/matching.md"),
    "table": (TableFile, "Fixed-width layouts of a system"),
    "tlv": (TlvFile, "TLV messages of a system"),
    "iso8583": (Iso8583File, "ISO 8583 messages of a system"),
    "delimited": (DelimitedFile, "Lines of fields of a system"),
    "xml": (XmlFile, "XML messages of a system"),
    "staff": (StaffConf, "Who may what: staff.toml"),
    "survivorship": (SurvivorshipConf, "Which value wins: survivorship.toml"),
}
_REFERENCE = {"type": "string", "pattern": r"^\$\{[^}]+\}$"}
"""Any value can come from the environment, also where a number is wanted."""


class _Described(GenerateJsonSchema):
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        properties = made.get("properties", {})
        for name, text in _described(schema["cls"]).items():
            if name in properties:
                properties[name] = {"description": text, **properties[name]}
        return made


def _described(model: type[BaseModel]) -> dict[str, str]:
    """Field → the text below it, those of the classes above included."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and not cls.__module__.startswith("pydantic") and not _made(cls):
            found |= _texts(cls)
    return found


def _made(cls: type[BaseModel]) -> bool:
    """A generic model with its type put in, which stands in no file."""
    return cls.__pydantic_generic_metadata__["origin"] is not None


def _texts(cls: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def schemas() -> Iterator[tuple[str, str]]:
    """(file name, text) of each."""
    for name, (model, title) in FILES.items():
        schema = TypeAdapter(model).json_schema(schema_generator=_Described)
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **_with_references(schema),
            "title": title,
        }
        yield f"{name}.schema.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _with_references(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = ("const", "enum", "default")
    walked = {key: value if key in plain else _with_references(value) for key, value in schema.items()}
    if walked.get("type") in ("integer", "number", "boolean"):
        told = {key: walked.pop(key) for key in ("description", "default", "title") if key in walked}
        return {"anyOf": [walked, _REFERENCE], **told}
    return walked


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
