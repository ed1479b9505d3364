"""Values from elsewhere: `${NAME}` is the environment, `${file:PATH}` a file beside the conf file.

What came from there is marked (`Sourced`), for two reasons: it is text even where a number is wanted, and it
may be a secret, so no fault ever shows it.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from gateway.config.places import KeyPath

Fault: TypeAlias = tuple[KeyPath, str]

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SWITCHES = {"true": True, "false": False}


class Sourced(str):
    """Text that is not in the conf file itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class _Unknown(Exception):
    """A reference that leads nowhere; its text is the rule."""


def fill(data: Any, folder: Path, environ: Mapping[str, str]) -> tuple[Any, list[Fault]]:
    """`data` with all references replaced, and what could not be."""
    faults: list[Fault] = []

    def replaced(found: re.Match[str]) -> str:
        return _lookup(found.group(1), folder, environ)

    def walk(value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        try:
            return Sourced(_REFERENCE.sub(replaced, value))
        except _Unknown as error:
            faults.append((path, str(error)))
            return Sourced(value)

    return walk(data, ()), faults


def _lookup(reference: str, folder: Path, environ: Mapping[str, str]) -> str:
    if reference.startswith("file:"):
        return _from_file(reference.removeprefix("file:"), folder)
    if not _NAME.fullmatch(reference):
        raise _Unknown("is no reference: write ${NAME} or ${file:PATH}")
    if reference not in environ:
        raise _Unknown(f"names the environment variable {reference}, which is not set: set it")
    return environ[reference]


def _from_file(path: str, folder: Path) -> str:
    try:
        return (folder / path).read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise _Unknown(f"names the file {path}, which is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise _Unknown(f"names the file {path}, which cannot be read ({reason}): make or mend it") from None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "int_type": int,
    "float_type": float,
    "bool_type": lambda text: _SWITCHES[text.lower()],
}


def converted(text: Sourced, wanted: str) -> Any:
    """`text` as the type a pydantic error of kind `wanted` asks for; itself where it is not one."""
    try:
        return _READERS[wanted](text)
    except (KeyError, ValueError):
        return text
