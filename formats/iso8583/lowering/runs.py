"""Elements of fixed sizes and the length behind them as one regular expression: checked and taken at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from formats.iso8583.composed import Tags
from formats.iso8583.lowering.source import LENGTHS
from formats.iso8583.spec import Element, Prefix
from formats.iso8583.values import ALPHABETS, Digits, Text


@dataclass(frozen=True, slots=True)
class Piece:
    """An element as a part of a regular expression with one group: itself, or the length of what follows."""

    element: Element
    pattern: str
    size: int
    opens: bool = False
    padded: bool = False

    @property
    def name(self) -> str:
        return f"g{self.element.number}"


def compiled(run: Iterable[Piece]) -> re.Pattern[str]:
    return re.compile("".join(piece.pattern for piece in run), re.ASCII | re.DOTALL)


def piece_of(element: Element) -> Piece | None:
    """None for an element that is no text, or not of ASCII digits in front."""
    content, prefix = element.content, element.prefix
    if not isinstance(content, Text | Digits | Tags) or (prefix is not None and prefix.coding != "ascii"):
        return None
    if isinstance(content, Text | Digits) and content.charset.blank != b" ":
        return None
    return _fixed(element) if prefix is None else _counted(element, prefix)


def _counted(element: Element, prefix: Prefix) -> Piece | None:
    if prefix.digits not in LENGTHS:
        return None
    if len(element.values) == 1:
        (value,) = element.values
        pattern = f"{len(value):0{prefix.digits}d}({re.escape(value)})"
        return Piece(element, pattern, prefix.size + len(value)) if value.isascii() else None
    return Piece(element, f"([0-9]{{{prefix.digits}}})", prefix.size, opens=True)


def _fixed(element: Element) -> Piece | None:
    content, pattern = element.content, _pattern(element)
    padded = isinstance(content, Text) and content.size > 1
    return Piece(element, f"({pattern})", content.most, padded=padded) if pattern else None


def _pattern(element: Element) -> str:
    """Of an element of a fixed size; "" for none."""
    content = element.content
    if element.values:
        return "|".join(re.escape(value.ljust(content.most)) for value in element.values)
    if isinstance(content, Digits):
        if content.pattern is None:
            return f"[0-9]{{{content.most}}}"
        return "" if content.pattern.groups else content.pattern.pattern
    if isinstance(content, Text) and content.letters:
        letters = "".join(re.escape(chr(code)) for code in ALPHABETS[content.letters])
        return f"[{letters}]{{{content.most}}}"
    return ""
