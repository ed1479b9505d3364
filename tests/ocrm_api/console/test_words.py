"""The catalogues say the same things, and all that pages ask for."""

import re
import string
from pathlib import Path

import pytest

from ocrm_api.console.pages import DONE, RAIL
from ocrm_api.console.words import LANGUAGES, Words, preferred, read_catalogue

CATALOGUES = {language: read_catalogue(language) for language in LANGUAGES}
TEMPLATES = Path("ocrm_api/console/templates")
ASKED = re.compile(r"""\bt\(\s*"([a-z_0-9.]+)"\s*[,)]""")


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_key_with_the_same_figures() -> None:
    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    assert english.keys() == chinese.keys()
    assert [key for key in english if figures(english[key]) != figures(chinese[key])] == []


def test_what_templates_ask_for_is_there() -> None:
    asked = {key for file in TEMPLATES.rglob("*.html") for key in ASKED.findall(file.read_text("utf-8"))}
    assert len(asked) > 100
    assert asked - CATALOGUES["en"].keys() == set()


def test_rail_and_notices_have_words() -> None:
    wanted = {f"rail.{place.name}" for places in RAIL.values() for place in places}
    wanted |= {f"rail.{group}" for group in RAIL} | {f"done.{done}" for done in DONE}
    assert wanted - CATALOGUES["zh"].keys() == set()


def test_a_key_without_words_shows_itself() -> None:
    assert Words().translator("zh")("no.such.key") == "no.such.key"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, de;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        (";;;,,,=", "en"),
    ],
)
def test_the_heaviest_known_language_wins(header: str, language: str) -> None:
    assert preferred(header) == language
