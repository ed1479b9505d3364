"""A delimited line as characters that know where they stood in the bytes.

Separators are looked for after decoding: in GBK the second byte of a character may be 0x7C or 0x5E. Where a
line cannot be decoded the bad bytes become marks, so that the fields around them can still be told apart.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from formats.errors import DeclarationError

_ASCII = bytes(range(0x80))
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def split(text: str, separator: str, escape: str) -> list[str]:
    """At separators that are not escaped; escapes are kept."""
    if not escape or escape not in text:
        return text.split(separator)
    return [text[start:end] for start, end in spans(text, 0, len(text), separator, escape)]


def spans(text: str, start: int, end: int, separator: str, escape: str) -> Iterator[tuple[int, int]]:
    """(start, end) of what stands between separators from `start` to `end`."""
    at = start
    while at < end:
        if text[at] == escape:
            at += 2
            continue
        if text[at] == separator:
            yield start, at
            start = at + 1
        at += 1
    yield start, end


def plain(text: str, escape: str) -> str:
    """Without its escapes; one at the very end stands for itself."""
    if not escape or escape not in text:
        return text
    out, at = [], 0
    while at < len(text):
        at += text[at] == escape and at + 1 < len(text)
        out.append(text[at])
        at += 1
    return "".join(out)


def escaped(text: str, marks: frozenset[str], escape: str) -> str:
    return "".join(escape + char if char in marks else char for char in text) if escape else text


def check_charset(name: str) -> None:
    """ASCII stands for itself, and no character depends on more than its own bytes."""
    try:
        decoder = codecs.getincrementaldecoder(name)("replace")
    except LookupError:
        raise DeclarationError(f"charset {name!r} cannot be read by the character", key="charset") from None
    if decoder.decode(_ASCII) != _ASCII.decode("ascii"):
        raise DeclarationError(f"charset {name!r} does not have ASCII where ASCII has it", key="charset")


def ascii_start(body: bytes) -> int:
    """So many bytes at the beginning are ASCII."""
    return len(body) if body.isascii() else _NOT_ASCII.search(body).start()  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Line:
    """The characters of a line, and before which byte each of them stands."""

    text: str
    starts: Sequence[int]
    """One more than there are characters: the end."""

    @classmethod
    def of(cls, body: bytes, charset: str) -> "Line":
        begins = ascii_start(body)
        decoder = codecs.getincrementaldecoder(charset)("replace")
        chars, starts = [body[:begins].decode("ascii")], list(range(begins))
        for at in range(begins, len(body)):
            for count, char in enumerate(decoder.decode(body[at : at + 1])):
                chars.append(char)
                starts.append(at if count else begins)
                begins = at + 1
        for char in decoder.decode(b"", True):
            chars.append(char)
            starts.append(begins)
            begins = len(body)
        return cls("".join(chars), [*starts, len(body)])

    def slot(self, start: int, end: int) -> slice:
        """Its bytes."""
        return slice(self.starts[start], self.starts[end])
