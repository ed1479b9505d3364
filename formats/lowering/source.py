"""Python source under way: lines, and the values that they name.

Values that cannot be written as literals (tables, methods of scalars) become globals of the generated module
under readable names. What was generated can be read: `Compiled.source`.
"""

import keyword
import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import BuiltinMethodType, CodeType, MethodType
from typing import Any

from formats.errors import Refused


@dataclass(frozen=True, slots=True)
class Compiled:
    function: Callable[..., Any]
    source: str


class Source:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._names: set[str] = set()
        self.values: dict[str, Any] = {"Refused": Refused}

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    def lines(self, *texts: str) -> None:
        for text in texts:
            self.line(text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def fresh(self, stem: str) -> str:
        """A name not used before: `acct_no`, then `acct_no_2`."""
        stem = "".join(c if c.isalnum() and c.isascii() else "_" for c in stem.lower()) or "x"
        stem = f"_{stem}" if stem[0].isdigit() else stem
        name, number = stem, 1
        while name in _TAKEN or name in self._names:
            number += 1
            name = f"{stem}_{number}"
        self._names.add(name)
        return name

    def value(self, stem: str, value: Any) -> str:
        """The name of a value; the same value has one name."""
        for name, known in self.values.items():
            if known is value or (
                type(known) is type(value) and known == value and isinstance(value, _PLAIN)
            ):
                return name
        name = self.fresh(stem).upper()
        self.values[name] = value
        return name

    def compile(self, name: str, title: str) -> Compiled:
        """The function of that name. Its lines are known to tracebacks and debuggers, once however often conf
        is read: they are kept under the digest of the text."""
        source = "\n".join(self._lines) + "\n"
        file = f"<{title} {sha256(source.encode()).hexdigest()[:12]}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        scope = dict(self.values)
        exec(_code(source, file), scope)
        return Compiled(scope[name], source)


@lru_cache(maxsize=1_024)
def _code(source: str, file: str) -> CodeType:
    """Conf is read, then checked, then worked by, in several processes that were forked: the same text each
    time."""
    return compile(source, file, "exec")


_PLAIN = (bytes, str, int, frozenset, MethodType, BuiltinMethodType)
_TAKEN = frozenset(keyword.kwlist) | {
    *("none", "true", "false", "int", "str", "len", "type", "map", "sum", "range", "bytes", "refused"),
    *(
        "get",
        "number",
        "length",
        "digits",
        "flags",
        "body",
        "text",
        "fields",
        "out",
        "parts",
        "raw",
        "cut",
        "at",
        "start",
        "end",
        "size",
        "mixed",
    ),
}
"""What generated code uses itself."""
