"""docs/adding-a-system.md shows declarations that work."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.declaration.sections import sections_of

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-system.md"


def merged(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        into[key] = merged(into.get(key, {}), value) if isinstance(value, dict) else value
    return into


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    whole: dict[str, Any] = {"messages": {}}
    for block in blocks:
        merged(whole, tomllib.loads(block))
    return whole


def test_every_section_shown_is_valid(shown: dict[str, Any]) -> None:
    sections = sections_of(shown)
    assert sections.customer.holdings is not None
    assert sections.sign_on is not None


def test_every_role_is_told() -> None:
    page = PAGE.read_text("utf-8")
    roles = "customer renumber identify query sign_on push reply answer heartbeat heartbeat_reply"
    for role in roles.split():
        assert f"`{role}`" in page
