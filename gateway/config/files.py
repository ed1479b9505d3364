"""One conf file: text, TOML, references filled in, model. Faults come out with their lines."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeAlias

from gateway.config.faults import ConfFault, key_text
from gateway.config.places import KeyPath, Places, error_line, find_places
from gateway.config.sources import Fault, Sourced, fill
from gateway.config.validation import Model, validated

Wins: TypeAlias = Mapping[tuple[str, str], str]
"""(section, key) → the environment variable that replaces it, whatever the file says."""


@dataclass(frozen=True, slots=True)
class ConfFile(Generic[Model]):
    """A file as read: its model where it has one, else its faults."""

    path: Path
    text: str
    model: Model | None
    faults: tuple[ConfFault, ...]
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As filled in: for checks of a part where the whole has faults. It may hold secrets."""

    def has(self, key: KeyPath) -> bool:
        return key in find_places(self.text).lines

    def fault(self, key: KeyPath, rule: str) -> ConfFault:
        """A fault found later, by a check across sections or files."""
        return ConfFault(str(self.path), find_places(self.text).line(key), key_text(key), rule)


def read_file(
    path: Path,
    model: type[Model],
    environ: Mapping[str, str],
    wins: Wins | None = None,
    under: Mapping[str, Any] | None = None,
) -> ConfFile[Model]:
    """`under`: what the file is laid over, table by table."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _unread(path, line, "is not UTF-8: save it as UTF-8")
    except OSError as error:
        return _unread(path, 0, f"cannot be read ({error.strerror}): make or mend it")
    return parse_file(path, text, model, environ, wins, under)


def parse_file(
    path: Path,
    text: str,
    model: type[Model],
    environ: Mapping[str, str],
    wins: Wins | None = None,
    under: Mapping[str, Any] | None = None,
) -> ConfFile[Model]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        rule = f"is no TOML: {str(error).split(' (at ')[0]}"
        return _unread(path, error_line(str(error), text), rule, text)
    except RecursionError:
        return _unread(path, 1, "is nested too deeply", text)
    filled, faults = fill(data, path.parent, environ)
    filled = laid_over(under or {}, filled)
    _override(filled, wins or {}, environ)
    built, more = validated(model, filled)
    unfilled = {key for key, _ in faults}
    faults += [fault for fault in more if fault[0] not in unfilled]
    return ConfFile(path, text, None if faults else built, _located(path, text, faults), filled)


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are joined; anything else is replaced."""
    joined = dict(under)
    for key, value in over.items():
        below = joined.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        joined[key] = laid_over(below, value) if both else value  # type: ignore[arg-type]
    return joined


def _override(data: dict[str, Any], wins: Wins, environ: Mapping[str, str]) -> None:
    for (section, key), name in wins.items():
        if name in environ and isinstance(data.setdefault(section, {}), dict):
            data[section][key] = Sourced(environ[name])


def _located(path: Path, text: str, faults: Iterable[Fault]) -> tuple[ConfFault, ...]:
    faults = list(faults)
    places = find_places(text) if faults else Places()
    return tuple(ConfFault(str(path), places.line(key), key_text(key), rule) for key, rule in faults)


def _unread(path: Path, line: int, rule: str, text: str = "") -> ConfFile[Any]:
    return ConfFile(path, text, None, (ConfFault(str(path), line, "", rule),))
