"""JSON Schema of every conf file, for editors that complete and check while one types.

The files in `docs/schema` are made from the models by `make schema`; a test holds them to the models. Each
conf file names its schema in its first line (`#:schema`).
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from adapters.declaration import CodesFile
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


def schemas() -> Iterator[tuple[str, str]]:
    """(file name, text) of each."""
    for name, (model, title) in FILES.items():
        schema = TypeAdapter(model).json_schema()
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
