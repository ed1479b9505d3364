"""Where a key stands in a TOML file: tomllib gives values without lines, and people fix lines.

A position scanner for text that tomllib has already accepted, so it need not judge anything: it follows
headers, keys, arrays and inline tables and notes the line of each path it meets. A path that stands nowhere
(a required key that is missing) has the line of the nearest table above it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_AT_LINE = re.compile(r"at line (\d+)")


def error_line(message: str, text: str) -> int:
    """The line a TOMLDecodeError speaks of; "end of document" is the last one."""
    found = _AT_LINE.search(message)
    return int(found.group(1)) if found else text.count("\n") + 1


@dataclass(slots=True)
class Places:
    """Lines of all key paths of one file."""

    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@lru_cache(maxsize=16)
def find_places(text: str) -> Places:
    """Remembered, since the faults of one file are found in several places."""
    return Places(_Scanner(text).run())


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.counted_to = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.elements: dict[KeyPath, int] = {}
        """Of arrays of tables: how many [[headers]] so far."""

    def run(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _header(self) -> KeyPath:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        start = self._line()
        path = self._resolved(self._key())
        if array:
            index = self.elements.get(path, 0)
            self.elements[path] = index + 1
            self.lines.setdefault(path, start)
            path = (*path, index)
        self._note(path, start)
        self.at = self.text.index("]", self.at) + (2 if array else 1)
        return path

    def _resolved(self, key: KeyPath) -> KeyPath:
        """`[a.b]` under `[[a]]` means the last a."""
        path: KeyPath = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.elements:
                path = (*path, self.elements[path] - 1)
        return (*path, key[-1])

    def _pair(self, table: KeyPath) -> None:
        start = self._line()
        path = table + self._key()
        self._note(path, start)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        opening = self.text[self.at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._match(_STRING)
        else:
            self._match(_BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._after_separators() != "]":
            self._note((*path, index), self._line())
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._after_separators() != "}":
            self._pair(path)
        self.at += 1

    def _after_separators(self) -> str:
        self._skip(_BLANK)
        while self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        return self.text[self.at]

    def _key(self) -> KeyPath:
        parts = [self._key_part()]
        while self.text[self._skip(_SPACE)] == ".":
            self.at += 1
            parts.append(self._key_part())
        return tuple(parts)

    def _key_part(self) -> str:
        self._skip(_SPACE)
        if self.text[self.at] in "\"'":
            return self._match(_STRING)[1:-1]
        return self._match(_BARE_KEY)

    def _note(self, path: KeyPath, line: int) -> None:
        """A dotted key makes the tables on its way, too."""
        for end in range(1, len(path)):
            self.lines.setdefault(path[:end], line)
        self.lines[path] = line

    def _skip(self, pattern: re.Pattern[str]) -> int:
        self._match(pattern)
        return self.at

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:  # tomllib took the text, so this cannot be
            raise AssertionError(f"scanner lost its way in line {self._line()}")
        self.at = found.end()
        return found.group()

    def _line(self) -> int:
        self.line += self.text.count("\n", self.counted_to, self.at)
        self.counted_to = self.at
        return self.line
