"""Where elements begin in the bytes of an XML document, which lxml does not tell: asked for faults only.

Expat reports the byte at which each tag begins, and what it saw before a document stops being well-formed, so
the head of a broken message can still be read. A document type declaration ends the scan at once.
"""

from collections.abc import Collection
from typing import Any
from xml.parsers import expat

Steps = tuple[tuple[str, int], ...]
"""(tag, how many of that tag stood before it) for each element from below the root."""


DEEPEST = 64


class _Enough(Exception):
    """All is known that can be."""


class Scan:
    """One pass over a document, as far as it goes."""

    def __init__(self, body: bytes, texts: Collection[tuple[str, ...]] = (), *, places: bool = True) -> None:
        self.starts: dict[Steps, int] = {}
        self.ends: dict[Steps, int] = {}
        self.texts: dict[tuple[str, ...], str] = {}
        """Trimmed text of the first element of each of these tags from below the root."""
        self.broken_at: int | None = None
        self._wanted, self._places = set(texts), places
        self._steps: list[tuple[str, int]] = []
        self._counts: list[dict[str, int]] = []
        self._open: dict[tuple[str, ...], list[str]] = {}
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(body, True)
        except _Enough:
            pass
        except (expat.ExpatError, ValueError):
            self.broken_at = min(max(parser.ErrorByteIndex, 0), len(body))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._counts:
            count = self._counts[-1].get(tag, 0)
            self._counts[-1][tag] = count + 1
            self._steps.append((tag, count))
            if len(self._steps) > DEEPEST:
                raise _Enough
        self._counts.append({})
        if self._places:
            self.starts[tuple(self._steps)] = self._parser.CurrentByteIndex
        tags = tuple([step[0] for step in self._steps])
        if tags in self._wanted and tags not in self.texts and tags not in self._open:
            self._open[tags] = []

    def _end(self, tag: str) -> None:
        if self._places:
            self.ends[tuple(self._steps)] = self._parser.CurrentByteIndex
        tags = tuple([step[0] for step in self._steps])
        if tags in self._open:
            self.texts[tags] = "".join(self._open.pop(tags)).strip()
            if not self._places and len(self.texts) == len(self._wanted):
                raise _Enough
        self._counts.pop()
        if self._steps:
            self._steps.pop()

    def _text(self, data: str) -> None:
        if self._open:
            tags = tuple([step[0] for step in self._steps])
            if tags in self._open:
                self._open[tags].append(data)

    def _doctype(self, *_: Any) -> None:
        raise _Enough

    def at(self, steps: Steps) -> int:
        """Where that element begins; of a missing one, where the innermost element that is there ends."""
        if steps in self.starts:
            return self.starts[steps]
        while steps:
            steps = steps[:-1]
            if steps in self.ends:
                return self.ends[steps]
        return 0
