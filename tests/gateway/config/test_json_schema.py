"""The JSON Schemas in docs/ are those of the models, and every conf file names one that is there."""

import json
import tomllib
from pathlib import Path

import pytest

from gateway.config.json_schema import schemas

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "conf").rglob("*.toml"))


def test_all_are_current() -> None:
    """`make schema` writes them."""
    old = [name for name, text in schemas() if (ROOT / "docs" / "schema" / name).read_text("utf-8") != text]
    assert old == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_names_its_schema(file: Path) -> None:
    first = file.read_text("utf-8").splitlines()[0]
    assert first.startswith("#:schema ")
    schema = json.loads((file.parent / first.removeprefix("#:schema ")).read_text("utf-8"))
    known = schema.get("properties")
    if known is not None:
        assert set(tomllib.loads(file.read_text("utf-8"))) <= set(known)
