"""A TOML file as a checked model; its faults as `DeclarationError`s with file, line and key."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from formats.errors import DeclarationError

M = TypeVar("M", bound=BaseModel)
_KEY = r"(?:\"{0}\"|'{0}'|{0})"


def faults(errors: Sequence[DeclarationError]) -> ExceptionGroup[DeclarationError]:
    return ExceptionGroup("declarations that cannot work", list(errors))


def read_toml(path: Path, model: type[M]) -> M:
    """Raises an ExceptionGroup of all faults found."""
    text = read_text(path)
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise faults([_error(str(error), path, int(line[1]) if line else 0)]) from None
    except ValidationError as error:
        raise faults([_located(text, path, e["loc"], e["msg"]) for e in error.errors()]) from None


def read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise faults([_error(f"cannot be read: {error.strerror}", path, 0)]) from None
    except UnicodeDecodeError:
        raise faults([_error("is not UTF-8", path, 0)]) from None


class Notes:
    """Faults that only show when the file is put together, noted until all of them are found."""

    def __init__(self, path: Path, text: str) -> None:
        self.errors: list[DeclarationError] = []
        self._path, self._text = path, text

    def note(self, message: str, *loc: str) -> None:
        self.errors.append(_located(self._text, self._path, loc, message))


def _error(message: str, path: Path, line: int, key: str = "") -> DeclarationError:
    return DeclarationError(message, file=str(path), line=line, key=key)


def _located(text: str, path: Path, loc: Sequence[str | int], message: str) -> DeclarationError:
    return _error(message, path, line_of(text, loc), ".".join(map(str, loc)))


def line_of(text: str, loc: Sequence[str | int]) -> int:
    """Of the deepest of these keys that can be found: its table's header, its own line, its row in a list."""
    lines = text.splitlines()
    at = 0
    for step in loc:
        if isinstance(step, int):
            at = _nth_row(lines, at, step)
            continue
        key = _KEY.format(re.escape(str(step)))
        pattern = re.compile(rf"\s*\[(?:.*\.)?{key}(?:\..*)?\]|\s*{key}\s*[=.]|.*[{{,]\s*{key}\s*=")
        at = next((n for n in range(at, len(lines)) if pattern.match(lines[n])), at)
    return at + 1


def _nth_row(lines: list[str], at: int, index: int) -> int:
    """The index-th row of a list written one row a line, below the line of its key."""
    rows = [n for n in range(at + 1, len(lines)) if lines[n].strip()[:1] in ("[", "{", '"', "'")]
    return rows[index] if lines[at].rstrip().endswith("[") and index < len(rows) else at
