"""Where one record of a data file ends and the next begins.

| form | records |
|---|---|
| `fixed` | all of one length |
| `rdw` | before each its length and two bytes of zero (or segment control); the length counts these four |
| `bdw` | the same in blocks that begin with their own length |
| `rdw-le`, `bdw-le` | lengths with the low byte first, also where the two zeros come first |
| `gnucobol` | as `rdw`, but the length does not count its four bytes: GnuCOBOL's variable sequential files |
| `lines` | text lines |

Spanned records (segment control 1, 3, 2) are put together. A length that cannot be ends the reading: nothing
behind it can be found. Source: z/OS DFSMS Using Data Sets, "Variable-length record formats".
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, Literal, TypeAlias

Form: TypeAlias = Literal["fixed", "rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "lines"]
_LONGEST = 1 << 24
_FIRST, _LAST = 1, 2


class BrokenFile(ValueError):
    """The file does not follow its form: where and why."""

    def __init__(self, offset: int, rule: str) -> None:
        super().__init__(f"at byte {offset}: {rule}")
        self.offset, self.rule = offset, rule


Records: TypeAlias = Iterator[tuple[int, bytes]]
"""Offset in the file, and the record."""


def records_in(stream: BinaryIO, form: Form, length: int) -> Records:
    """`length` is that of fixed records. Raises BrokenFile."""
    return _FORMS[form](stream, length)


def _fixed(stream: BinaryIO, length: int) -> Records:
    at = 0
    while data := stream.read(length):
        if len(data) < length:
            raise BrokenFile(at, f"{len(data)} bytes are left, a record has {length}")
        yield at, data
        at += length


def _lines(stream: BinaryIO, length: int) -> Records:
    at = 0
    for line in stream:
        yield at, line.rstrip(b"\r\n")
        at += len(line)


def _words(stream: BinaryIO, length: int, *, little: bool = False, itself: int = 4) -> Records:
    return _joined(_segments(stream, 0, None, little=little, itself=itself))


def _blocks(stream: BinaryIO, length: int, *, little: bool) -> Records:
    return _joined(_block_segments(stream, little=little))


def _block_segments(stream: BinaryIO, *, little: bool) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while head := stream.read(4):
        size = _extended(head) if head[0] & 0x80 and not little else _length(head, at, little=little)[0]
        if not 8 <= size <= _LONGEST or len(head) < 4:
            raise BrokenFile(at, "no block length")
        yield from _segments(stream, at + 4, at + size, little=little, itself=4)
        at += size


def _extended(head: bytes) -> int:
    """A large block: 31 bits."""
    return int.from_bytes(head, "big") & 0x7FFFFFFF


def _segments(
    stream: BinaryIO, at: int, end: int | None, *, little: bool, itself: int
) -> Iterator[tuple[int, int, bytes]]:
    """(offset, segment control, data) up to the end of the block or file."""
    while end is None or at < end:
        head = stream.read(4)
        if not head and end is None:
            return
        size, control = _length(head, at, little=little)
        size += 4 - itself
        if size < 4 or (end is not None and at + size > end):
            raise BrokenFile(at, "no record length")
        data = stream.read(size - 4)
        if len(data) < size - 4:
            raise BrokenFile(at, f"ends early: {len(data)} of {size - 4} bytes")
        yield at, control, data
        at += size


def _length(head: bytes, at: int, *, little: bool) -> tuple[int, int]:
    """Length, and how a segment stands in its record."""
    if len(head) < 4:
        raise BrokenFile(at, "ends early")
    if not little:
        return int.from_bytes(head[:2], "big"), head[2] & 3
    if head[0] or head[1]:
        return int.from_bytes(head[:2], "little"), head[2] & 3
    return int.from_bytes(head[2:], "little"), 0


def _joined(segments: Iterator[tuple[int, int, bytes]]) -> Records:
    start, parts = 0, list[bytes]()
    for at, control, data in segments:
        if (control in (0, _FIRST)) == bool(parts):
            raise BrokenFile(at, "segments out of order")
        start = start if parts else at
        parts.append(data)
        if control in (0, _LAST):
            yield start, b"".join(parts)
            parts = []
    if parts:
        raise BrokenFile(start, "the last segment is missing")


_FORMS: dict[str, Callable[[BinaryIO, int], Records]] = {
    "fixed": _fixed,
    "rdw": _words,
    "rdw-le": partial(_words, little=True),
    "bdw": partial(_blocks, little=False),
    "bdw-le": partial(_blocks, little=True),
    "gnucobol": partial(_words, itself=0),
    "lines": _lines,
}
