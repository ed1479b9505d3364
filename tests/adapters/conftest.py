"""The shipped systems, read from conf as they are, for every test of the adapters."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.codes import CodeTable, declared, standard
from adapters.declaration import CodesFile, SystemSections, sections_of
from adapters.mapping import CustomerMap, customer_map

CONF = Path(__file__).parents[2] / "conf"


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def codes() -> Mapping[str, tuple[str, ...]]:
    return CodesFile.model_validate(read_toml(CONF / "codes.toml")).root


@pytest.fixture(scope="session")
def sections() -> Callable[[str], SystemSections]:
    return lambda name: sections_of(read_toml(CONF / "systems" / name / "system.toml"))


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
