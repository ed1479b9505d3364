"""Frames that end at a mark: a delimiter, ETX with a check, MLLP's two bytes.

| kind | frame | check |
|---|---|---|
| `delimiter` | body, mark | – |
| `stx_etx` | STX, text, ETX | – |
| `stx_etx_lrc` | STX, text, ETX, LRC | XOR of all after STX up to and including ETX (wealth) |
| `stx_etx_bcc` | STX, text, ETX, check | as declared: `check`, with or without STX and ETX |
| `mllp` | VT (0x0B), body, FS (0x1C), CR | – |

The bytes of the check may be anything, STX, ETX and NAK too: they are counted, not searched. A wrong check
costs one frame and not the line: it is raised once as FaultKind.SEAL, and the next frame follows. The
receiver then sends the framing's `nak`; one that comes from the peer is the frame `NAK`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, TypeAlias

from pydantic import model_validator

from formats.errors import FaultKind
from formats.framing_base import (
    ETX,
    LOST,
    NAK,
    STX,
    Declared,
    Frame,
    FrameReader,
    Hex,
    Reader,
    at_most,
    fault,
)
from formats.seals_sums import CRC_16, crc, lrc_sum, lrc_xor

Check: TypeAlias = Literal["xor", "sum", "arc", "ibm-3740", "ibm-sdlc", "kermit", "modbus", "usb", "xmodem"]
"""`xor`, `sum` (of all, with the check, 0 modulo 256), or the name of a CRC-16."""

_STRAY = "neither STX nor NAK"
_SUMS: dict[str, Callable[[bytes], bytes]] = {"xor": lrc_xor, "sum": lrc_sum}


@dataclass(frozen=True, slots=True)
class _Marks:
    """A frame between two marks: what `reader` and `wrap` need to know of it."""

    start: bytes
    end: bytes
    check: Callable[[bytes], bytes]
    """Of the text as it lies between the marks."""
    check_size: int = 0
    has_nak: bool = False
    stray: str = "no start"
    """What is said of another byte between frames."""


class _Between(Declared):
    def marks(self) -> _Marks:
        raise NotImplementedError

    @model_validator(mode="after")
    def _limit_fits(self) -> Self:
        marks = self.marks()
        if self.limit < len(marks.start) + len(marks.end) + marks.check_size:
            raise ValueError("limit is less than an empty frame")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _BetweenReader(format, self.limit, self.marks())

    def wrap(self, body: bytes) -> bytes:
        marks = self.marks()
        if marks.start in body or marks.end[:1] in body:
            raise fault("frame", "text", 0, "start or end mark inside")
        frame = marks.start + body + marks.end + marks.check(body)
        at_most(len(frame), self.limit)
        return frame


class StxEtx(_Between):
    kind: Literal["stx_etx"]

    def marks(self) -> _Marks:
        return _Marks(STX, ETX, _nothing)


class StxEtxLrc(_Between):
    kind: Literal["stx_etx_lrc"]

    nak: ClassVar[bytes] = NAK

    def marks(self) -> _Marks:
        return _Marks(STX, ETX, lambda text: lrc_xor(text + ETX), 1, has_nak=True, stray=_STRAY)


class StxEtxBcc(_Between):
    kind: Literal["stx_etx_bcc"]
    check: Check
    order: Literal["big", "little"] = "big"
    """Of a CRC."""
    covers_stx: bool = False
    covers_etx: bool = True

    nak: ClassVar[bytes] = NAK

    def marks(self) -> _Marks:
        code = _SUMS.get(self.check) or crc(CRC_16[self.check], self.order)
        first, last = STX if self.covers_stx else b"", ETX if self.covers_etx else b""
        return _Marks(
            STX, ETX, lambda text: code(first + text + last), len(code(b"")), has_nak=True, stray=_STRAY
        )


class Mllp(_Between):
    """Minimal lower layer protocol, HL7 v2.x: transport of a block."""

    kind: Literal["mllp"]

    def marks(self) -> _Marks:
        return _Marks(b"\x0b", b"\x1c\x0d", _nothing)


def _nothing(_text: bytes) -> bytes:
    return b""


class _BetweenReader(Reader):
    def __init__(self, format: str, limit: int, marks: _Marks) -> None:
        super().__init__(format)
        self._limit, self._marks = limit, marks
        self._tail = len(marks.end) + marks.check_size
        self._searched = len(marks.start)

    def _next(self) -> Frame | None:
        buffer, marks = self._buffer, self._marks
        if not buffer:
            return None
        if marks.has_nak and buffer.startswith(NAK):
            del buffer[:1]
            return NAK
        if not buffer.startswith(marks.start):
            raise fault(self._format, "frame", 1, marks.stray)
        end = buffer.find(marks.end[:1], self._searched, self._limit - self._tail + 1)
        if end < 0:
            self._searched = len(buffer)
            at_most(self._searched + self._tail, self._limit, self._format)
            return None
        self._searched = end
        self._whole_mark(end)
        return self._closed(end) if len(buffer) >= end + self._tail else None

    def _whole_mark(self, end: int) -> None:
        if not self._marks.end.startswith(self._buffer[end : end + len(self._marks.end)]):
            raise fault(self._format, "frame", len(self._marks.end), "half an end mark")

    def _closed(self, end: int) -> Frame:
        marks = self._marks
        whole = self._take(end + self._tail)
        taken = whole[len(marks.start) :]
        self._searched = len(marks.start)
        text = taken[: -self._tail]
        if marks.check_size and taken[-marks.check_size :] != marks.check(text):
            self.lost = whole[:LOST]
            raise fault(self._format, "lrc", marks.check_size, "wrong", FaultKind.SEAL)
        return text


class Delimiter(Declared):
    kind: Literal["delimiter"]
    delimiter: Hex
    """In hex, such as "0d0a"."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not bytes.fromhex(self.delimiter):
            raise ValueError("delimiter is empty")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _DelimiterReader(format, bytes.fromhex(self.delimiter), self.limit)

    def wrap(self, body: bytes) -> bytes:
        mark = bytes.fromhex(self.delimiter)
        if (body + mark).find(mark) != len(body):
            raise fault("frame", "text", 0, "delimiter inside")
        at_most(len(body), self.limit)
        return body + mark


class _DelimiterReader(Reader):
    def __init__(self, format: str, mark: bytes, limit: int) -> None:
        super().__init__(format)
        self._mark, self._limit = mark, limit
        self._searched = 0

    def _next(self) -> Frame | None:
        end = self._buffer.find(self._mark, self._searched)
        found = end if end >= 0 else max(len(self._buffer) - len(self._mark) + 1, 0)
        at_most(found, self._limit, self._format)
        if end < 0:
            self._searched = found
            return None
        self._searched = 0
        return self._take(end + len(self._mark))[:end]
