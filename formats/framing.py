"""Where one message ends and the next begins: bytes in, frames out, without a socket (sans-IO).

| kind | frame | sheets |
|---|---|---|
| `binary_length` | length as a binary number, then the body | core, ebank, card |
| `digit_length` | length as digits, then the body | loan, teller |
| `stx_etx_lrc` | STX, text, ETX, XOR of all after STX up to and including ETX | wealth |
| `delimiter` | body, then a fixed mark | lines of text |

A reader is fed whatever arrives and gives the same frames at any split, in time proportional to the bytes.
A length that cannot be is refused on its prefix alone, before anything of the body is kept; after that the
line's frames cannot be found again: every further call raises the same error. `limit` is compared with the
number that stands in the prefix (`stx_etx_lrc`: with the whole frame; `delimiter`: with the body).
"""

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Annotated, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.errors import Fault, FaultKind, FormatError, Place

Frame: TypeAlias = bytes
"""The body; b"" is a keep-alive; `NAK` alone is the receiver's "wrong LRC" of `stx_etx_lrc`."""

STX, ETX, NAK = b"\x02", b"\x03", b"\x15"
_DIGITS = {"ascii": b"0123456789", "ebcdic": b"\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"}


class FrameReader(Protocol):
    def feed(self, data: bytes) -> None: ...

    def next_frame(self) -> Frame | None:
        """The next whole frame, None until there is one. Raises FormatError: see the module."""

    @property
    def partial(self) -> bool:
        """Inside a frame? A peer that stops here has cut one."""

    @property
    def pending(self) -> int:
        """Bytes kept."""


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1 << 30)]
    """The largest frame."""


class BinaryLength(_Declaration):
    kind: Literal["binary_length"]
    size: Annotated[int, Field(ge=1, le=8)]
    order: Literal["big", "little"] = "big"
    counts_itself: bool = False
    keep_alive: bool = False
    """Is a frame without body a sign of life? Otherwise it is refused."""

    @model_validator(mode="after")
    def _limit_fits(self) -> "BinaryLength":
        if self.limit >> 8 * self.size:
            raise ValueError(f"limit does not fit {self.size} bytes")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _LengthReader(format, self.size, self._number, self)

    def wrap(self, body: bytes) -> bytes:
        number = _length(self, self.size, body)
        return number.to_bytes(self.size, self.order) + body

    def _number(self, prefix: bytes) -> int | None:
        return int.from_bytes(prefix, self.order)


class DigitLength(_Declaration):
    kind: Literal["digit_length"]
    digits: Annotated[int, Field(ge=1, le=18)]
    charset: Literal["ascii", "ebcdic"] = "ascii"
    counts_itself: bool = False
    keep_alive: bool = False

    @model_validator(mode="after")
    def _limit_fits(self) -> "DigitLength":
        if self.limit >= 10**self.digits:
            raise ValueError(f"limit does not fit {self.digits} digits")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _LengthReader(format, self.digits, self._number, self)

    def wrap(self, body: bytes) -> bytes:
        number = _length(self, self.digits, body)
        return self._written(f"{number:0{self.digits}d}") + body

    def _written(self, text: str) -> bytes:
        return text.encode("ascii").translate(bytes.maketrans(_DIGITS["ascii"], _DIGITS[self.charset]))

    def _number(self, prefix: bytes) -> int | None:
        if prefix.strip(_DIGITS[self.charset]):
            return None
        return int(prefix.translate(bytes.maketrans(_DIGITS[self.charset], _DIGITS["ascii"])))


class StxEtxLrc(_Declaration):
    kind: Literal["stx_etx_lrc"]

    def reader(self, format: str = "frame") -> FrameReader:
        return _StxReader(format, self.limit)

    def wrap(self, body: bytes) -> bytes:
        if STX in body or ETX in body:
            raise _fault("frame", "text", 0, "STX or ETX inside")
        _at_most(len(body) + 3, self.limit)
        return STX + body + ETX + _lrc(body)


class Delimiter(_Declaration):
    kind: Literal["delimiter"]
    delimiter: str
    """In hex, such as "0d0a"."""

    @model_validator(mode="after")
    def _hex(self) -> "Delimiter":
        if not bytes.fromhex(self.delimiter):
            raise ValueError("delimiter is empty")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _DelimiterReader(format, bytes.fromhex(self.delimiter), self.limit)

    def wrap(self, body: bytes) -> bytes:
        mark = bytes.fromhex(self.delimiter)
        if (body + mark).find(mark) != len(body):
            raise _fault("frame", "text", 0, "delimiter inside")
        _at_most(len(body), self.limit)
        return body + mark


Framing: TypeAlias = Annotated[
    BinaryLength | DigitLength | StxEtxLrc | Delimiter, Field(discriminator="kind")
]


def _fault(format: str, label: str, size: int, rule: str, kind: FaultKind = FaultKind.LENGTH) -> FormatError:
    return FormatError(format, kind, [Fault(Place(label, 0, size), rule)])


def _at_most(number: int, limit: int, format: str = "frame", size: int = 0) -> None:
    if number > limit:
        raise _fault(format, "length", size, f"over {limit}")


def _length(declared: BinaryLength | DigitLength, prefix: int, body: bytes) -> int:
    number = len(body) + (prefix if declared.counts_itself else 0)
    _at_most(number, declared.limit, size=prefix)
    return number


def _lrc(text: bytes) -> bytes:
    return bytes([reduce(xor, text, ETX[0])])


class _Reader:
    """Keeps the bytes, and the error that ended the line."""

    def __init__(self, format: str) -> None:
        self._format = format
        self._buffer = bytearray()
        self._error: FormatError | None = None

    def feed(self, data: bytes) -> None:
        if self._error is None:
            self._buffer += data

    def next_frame(self) -> Frame | None:
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            return self._next()
        except FormatError as error:
            if error.kind is FaultKind.LENGTH:
                self._error = error
                self._buffer.clear()
            raise

    def _next(self) -> Frame | None:
        raise NotImplementedError

    def _take(self, end: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:end])
        del self._buffer[:end]
        return taken

    @property
    def partial(self) -> bool:
        return bool(self._buffer)

    @property
    def pending(self) -> int:
        return len(self._buffer)


class _LengthReader(_Reader):
    def __init__(
        self,
        format: str,
        size: int,
        number: Callable[[bytes], int | None],
        declared: BinaryLength | DigitLength,
    ) -> None:
        super().__init__(format)
        self._size, self._number, self._declared = size, number, declared
        self._whole = -1
        """Bytes of the frame under way with its prefix; -1 until that is known."""

    def _next(self) -> Frame | None:
        if self._whole < 0:
            if len(self._buffer) < self._size:
                self._refuse_early(bytes(self._buffer))
                return None
            self._whole = self._checked(bytes(self._buffer[: self._size]))
        if len(self._buffer) < self._whole:
            return None
        frame = self._take(self._whole)[self._size :]
        self._whole = -1
        return frame

    def _refuse_early(self, prefix: bytes) -> None:
        if prefix and self._number(prefix) is None:
            raise _fault(self._format, "length", self._size, "not digits")

    def _checked(self, prefix: bytes) -> int:
        number = self._number(prefix)
        if number is None:
            raise _fault(self._format, "length", self._size, "not digits")
        _at_most(number, self._declared.limit, self._format, self._size)
        least = self._size if self._declared.counts_itself else 0
        if number < least:
            raise _fault(self._format, "length", self._size, f"under {least}")
        if number == least and not self._declared.keep_alive:
            raise _fault(self._format, "length", self._size, "no message")
        return number - least + self._size


class _StxReader(_Reader):
    """A wrong LRC costs one frame and not the line: it is raised once as FaultKind.SEAL."""

    def __init__(self, format: str, limit: int) -> None:
        super().__init__(format)
        self._limit = limit
        self._searched = 1

    def _next(self) -> Frame | None:
        buffer = self._buffer
        if not buffer:
            return None
        if buffer[:1] == NAK:
            return self._take(1)
        if buffer[:1] != STX:
            raise _fault(self._format, "frame", 1, "neither STX nor NAK")
        end = buffer.find(ETX, self._searched, self._limit - 1)
        if end < 0:
            self._searched = len(buffer)
            _at_most(self._searched + 2, self._limit, self._format)
            return None
        self._searched = end
        return self._closed(end) if len(buffer) > end + 1 else None

    def _closed(self, end: int) -> Frame:
        taken = self._take(end + 2)
        self._searched = 1
        text = taken[1:end]
        if taken[end + 1 :] != _lrc(text):
            raise _fault(self._format, "lrc", 1, "wrong", FaultKind.SEAL)
        return text


class _DelimiterReader(_Reader):
    def __init__(self, format: str, mark: bytes, limit: int) -> None:
        super().__init__(format)
        self._mark, self._limit = mark, limit
        self._searched = 0

    def _next(self) -> Frame | None:
        end = self._buffer.find(self._mark, self._searched)
        found = end if end >= 0 else max(len(self._buffer) - len(self._mark) + 1, 0)
        _at_most(found, self._limit, self._format)
        if end < 0:
            self._searched = found
            return None
        self._searched = 0
        return self._take(end + len(self._mark))[:end]
