"""Frames that say how long they are, before their body or inside it.

A prefix may stand between constants (`before`, `after`, in hex: a transport header, the two zeros of a record
descriptor). Its number is the body's bytes, plus its own bytes where it `counts_itself`, plus `adjust`: what
it counts besides, constants for instance, or less than nothing for what it leaves out.
"""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from formats.framing_base import Declared, Frame, FrameReader, Hex, Reader, at_most, fault
from formats.framing_numbers import Binary, Digits, Number, Order, number_of

Adjustment = Annotated[int, Field(ge=-65_536, le=65_536)]


class _Prefix(Declared):
    counts_itself: bool = False
    adjust: Adjustment = 0
    before: Hex = ""
    after: Hex = ""
    keep_alive: bool = False
    """Is a frame without body a sign of life? Otherwise it is refused."""

    def form(self) -> Number:
        raise NotImplementedError

    @cached_property
    def number(self) -> Number:
        return self.form()

    @cached_property
    def constants(self) -> tuple[bytes, bytes]:
        return bytes.fromhex(self.before), bytes.fromhex(self.after)

    @cached_property
    def least(self) -> int:
        """The number of an empty body."""
        return self.adjust + (self.number.size if self.counts_itself else 0)

    @model_validator(mode="after")
    def _limit_fits(self) -> Self:
        if self.limit > self.number.largest:
            raise ValueError(f"limit does not fit the length, which goes to {self.number.largest}")
        if self.limit < self.least:
            raise ValueError(f"limit is less than {self.least}, the length of an empty body")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _PrefixReader(format, self)

    def wrap(self, body: bytes) -> bytes:
        number = len(body) + self.least
        at_most(number, self.limit, size=self.number.size)
        if number < 0:
            raise fault("frame", "length", self.number.size, "under 0")
        before, after = self.constants
        return before + self.number.write(number) + after + body


class BinaryLength(_Prefix):
    kind: Literal["binary_length"]
    size: Annotated[int, Field(ge=1, le=8)]
    order: Order = "big"

    def form(self) -> Number:
        return Binary(self.size, self.order)


class DigitLength(_Prefix):
    kind: Literal["digit_length"]
    digits: Annotated[int, Field(ge=1, le=18)]
    charset: Digits = "ascii"

    def form(self) -> Number:
        return number_of(self.charset, self.digits)


class _PrefixReader(Reader):
    def __init__(self, format: str, declared: _Prefix) -> None:
        super().__init__(format)
        self._number, self._limit, self._least = declared.number, declared.limit, declared.least
        self._before, self._after = declared.constants
        self._at = len(self._before)
        self._until = self._at + self._number.size
        self._header = self._until + len(self._after)
        self._smallest = max(self._least, 0) if declared.keep_alive else max(self._least + 1, 0)
        self._whole = -1
        """Bytes of the frame under way with its header; -1 until that is known."""

    def _next(self) -> Frame | None:
        if self._whole < 0:
            self._whole = self._known()
            if self._whole < 0:
                return None
        if len(self._buffer) < self._whole:
            return None
        whole, self._whole = self._whole, -1
        return self._take(whole, self._header)

    def _known(self) -> int:
        """Piece by piece in the order of the bytes, so that the same is said at any split."""
        buffer = self._buffer
        if not buffer:
            return -1
        self._constant(0, self._before)
        digits = bytes(buffer[self._at : self._until])
        number = self._number.read(digits)
        if number is None and digits:
            raise fault(self._format, "length", self._number.size, "not digits")
        if number is None or len(digits) < self._number.size:
            return -1
        self._check(number)
        self._constant(self._until, self._after)
        return number - self._least + self._header if len(buffer) >= self._header else -1

    def _constant(self, at: int, wanted: bytes) -> None:
        if wanted and not wanted.startswith(self._buffer[at : at + len(wanted)]):
            raise fault(self._format, "frame", len(wanted), "wrong start")

    def _check(self, number: int) -> None:
        at_most(number, self._limit, self._format, self._number.size)
        if number < self._smallest:
            rule = "no message" if number == self._least else f"under {max(self._least, 0)}"
            raise fault(self._format, "length", self._number.size, rule)


class BodyLength(Declared):
    """The length is a field of the message: nothing is taken off, and a message begins a frame."""

    kind: Literal["body_length"]
    offset: Annotated[int, Field(ge=0, le=4096)]
    """Bytes of the message before the field."""
    size: Annotated[int, Field(ge=1, le=18)]
    """Bytes of a binary number, or digits."""
    form: Literal["binary", "ascii", "ebcdic", "bcd"] = "binary"
    order: Order = "big"
    adjust: Adjustment = 0
    """The message's bytes less the number that stands in the field."""

    @cached_property
    def number(self) -> Number:
        return Binary(self.size, self.order) if self.form == "binary" else number_of(self.form, self.size)

    @property
    def least(self) -> int:
        """The smallest message: it reaches to the end of its length."""
        return self.offset + self.number.size

    @model_validator(mode="after")
    def _limit_fits(self) -> Self:
        if self.form == "binary" and self.size > 8:
            raise ValueError("a binary length has 8 bytes at most")
        if not self.least <= self.limit <= self.number.largest + self.adjust:
            raise ValueError("limit does not fit the length field")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _BodyReader(format, self)

    def wrap(self, body: bytes) -> bytes:
        """Fills the field in where it is all zero; another number than the right one is refused."""
        at_most(len(body), self.limit)
        field = slice(self.offset, self.least)
        if len(body) < self.least or len(body) < self.adjust:
            raise fault("frame", "length", self.number.size, "ends early")
        right = self.number.write(len(body) - self.adjust)
        if body[field] not in (right, bytes(self.number.size), self.number.write(0)):
            raise fault("frame", "length", self.number.size, "wrong length")
        return body[: self.offset] + right + body[self.least :]


class _BodyReader(Reader):
    def __init__(self, format: str, declared: BodyLength) -> None:
        super().__init__(format)
        self._declared, self._number = declared, declared.number
        self._field = slice(declared.offset, declared.least)
        self._whole = -1

    def _next(self) -> Frame | None:
        if self._whole < 0:
            self._whole = self._known()
        if self._whole < 0 or len(self._buffer) < self._whole:
            return None
        whole, self._whole = self._whole, -1
        return self._take(whole)

    def _known(self) -> int:
        digits = bytes(self._buffer[self._field])
        number = self._number.read(digits)
        if number is None and digits:
            raise fault(self._format, "length", self._number.size, "not digits")
        if number is None or len(digits) < self._number.size:
            return -1
        whole, declared = number + self._declared.adjust, self._declared
        at_most(whole, declared.limit, self._format, self._number.size)
        if whole < declared.least:
            raise fault(self._format, "length", self._number.size, f"under {declared.least}")
        return whole
