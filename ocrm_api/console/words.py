"""The console's words: one catalogue a language, as data in `words/`, and the choice among them.

A page asks by key (`t("search.title")`); named figures are filled in. A key that one language lacks is a
fault that a test finds, never a page that fails: it shows as the key itself.

Accept-Language is read as RFC 9110, 12.5.4 says: ranges with weights, the heaviest known one wins.
"""

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}
FIRST: Final = "en"


class Words:
    """All catalogues, read once by whoever makes this."""

    def __init__(self) -> None:
        self._by_language = {language: read_catalogue(language) for language in LANGUAGES}

    def translator(self, language: str) -> "Translator":
        return Translator(self._by_language[language])


class Translator:
    """The words of one language, as templates call them."""

    def __init__(self, catalogue: Mapping[str, str]) -> None:
        self._catalogue = catalogue

    def __call__(self, key: str, /, **figures: object) -> str:
        text = self._catalogue.get(key, key)
        return text.format(**figures) if figures else text

    def of(self, group: str, name: object) -> str:
        """A word of a group whose names come from elsewhere: codes, rules, causes. A new one shows itself."""
        told = self._catalogue.get(f"{group}.{name}")
        return str(name).replace("_", " ") if told is None else told

    def code(self, attribute: str, value: str) -> str:
        """What a coded value is called; all others as they are."""
        return self._catalogue.get(f"code.{attribute}.{value}", value)


@functools.cache
def read_catalogue(language: str) -> Mapping[str, str]:
    """Dotted key → text."""
    text = (files("ocrm_api.console") / "words" / f"{language}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def _flat(table: Mapping[str, object], above: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, inner in table.items():
        key = f"{above}.{name}" if above else name
        found += _flat(inner, key) if isinstance(inner, dict) else [(key, str(inner))]
    return found


def preferred(accepted: str) -> str:
    """The language of an Accept-Language header."""
    best, weight = FIRST, 0.0
    for part in accepted[:200].split(","):
        name, _, parameters = part.strip().partition(";")
        heavy = _weight(parameters)
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES and heavy > weight:
            best, weight = language, heavy
    return best


def _weight(parameters: str) -> float:
    name, _, number = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return max(0.0, min(1.0, float(number)))
    except ValueError:
        return 0.0
