"""The shipped systems, read from conf as they are, for every test of the adapters."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from adapters.codes import CodeTable, declared, standard
from adapters.declaration.sections import CodesFile, SystemSections, sections_of
from adapters.dialect import SystemDialect, build_dialect
from adapters.mapping import CustomerMap, customer_map
from formats.codec import Codec
from formats.declare import Declaration, load_codec
from formats.seals import Seal, SealDeclaration, load_seal

CONF = Path(__file__).parents[2] / "conf"


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def codes() -> Mapping[str, tuple[str, ...]]:
    return CodesFile.model_validate(read_toml(CONF / "codes.toml")).root


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], dict[str, Any]]:
    """A shipped system.toml, read anew each time: to be changed."""
    return lambda name: read_toml(CONF / "systems" / name / "system.toml")


@pytest.fixture(scope="session")
def sections(shipped: Callable[[str], dict[str, Any]]) -> Callable[[str], SystemSections]:
    return lambda name: sections_of(shipped(name))


@pytest.fixture(scope="session")
def mapped(
    sections: Callable[[str], SystemSections], codes: Mapping[str, tuple[str, ...]]
) -> Callable[[str], CustomerMap]:
    def of(name: str) -> CustomerMap:
        own = sections(name)
        tables: dict[str, CodeTable] = {table: standard(table, listed) for table, listed in codes.items()}
        tables |= {table: declared(table, listed) for table, listed in own.codes.items()}
        return customer_map(own.customer, tables)

    return of


def seal_of(data: dict[str, Any], folder: Path) -> Seal | None:
    """Conf names the key's file; the conf reader would fill it in."""
    if "seal" not in data:
        return None
    file = data["seal"]["key"].removeprefix("${file:").removesuffix("}")
    key = (folder / file).read_text("ascii").strip()
    return load_seal(TypeAdapter(SealDeclaration).validate_python({**data["seal"], "key": key}))


def codec_in(folder: Path) -> Codec:
    data = read_toml(folder / "system.toml")
    declaration: Declaration = TypeAdapter(Declaration).validate_python(data["codec"])
    return load_codec(declaration, folder, folder.name, seal_of(data, folder))


def dialect_in(folder: Path, codes: Mapping[str, tuple[str, ...]]) -> SystemDialect:
    sections = sections_of(read_toml(folder / "system.toml"))
    return build_dialect(folder.name, sections, codec_in(folder), codes)


@pytest.fixture(scope="session")
def core(codes: Mapping[str, tuple[str, ...]]) -> SystemDialect:
    return dialect_in(CONF / "systems" / "core", codes)


@pytest.fixture(scope="session")
def loan(codes: Mapping[str, tuple[str, ...]]) -> SystemDialect:
    return dialect_in(CONF / "systems" / "loan", codes)


@pytest.fixture(scope="session")
def ebank(codes: Mapping[str, tuple[str, ...]]) -> SystemDialect:
    return dialect_in(CONF / "systems" / "ebank", codes)


@pytest.fixture(scope="session")
def wealth(codes: Mapping[str, tuple[str, ...]]) -> SystemDialect:
    return dialect_in(CONF / "systems" / "wealth", codes)


@pytest.fixture(scope="session")
def from_folder(codes: Mapping[str, tuple[str, ...]]) -> Callable[[Path], SystemDialect]:
    return lambda folder: dialect_in(folder, codes)
