"""Frames whose end nobody writes: all of one size, or all that comes until the sender finishes writing."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from formats.framing_base import Declared, Frame, FrameReader, Reader, at_most, fault


class FixedSize(Declared):
    kind: Literal["fixed_size"]
    size: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _limit_fits(self) -> Self:
        if self.size > self.limit:
            raise ValueError("size is over limit")
        return self

    def reader(self, format: str = "frame") -> FrameReader:
        return _FixedReader(format, self.size)

    def wrap(self, body: bytes) -> bytes:
        if len(body) != self.size:
            raise fault("frame", "length", 0, f"not {self.size}")
        return body


class _FixedReader(Reader):
    def __init__(self, format: str, size: int) -> None:
        super().__init__(format)
        self._size = size

    def _next(self) -> Frame | None:
        return self._take(self._size) if len(self._buffer) >= self._size else None


class EndOfStream(Declared):
    """One frame a connection and direction; its sender half-closes. For short lines without TLS."""

    kind: Literal["end_of_stream"]

    until_end: ClassVar[bool] = True

    def reader(self, format: str = "frame") -> FrameReader:
        return _EndReader(format, self.limit)

    def wrap(self, body: bytes) -> bytes:
        at_most(len(body), self.limit)
        return body


class _EndReader(Reader):
    def __init__(self, format: str, limit: int) -> None:
        super().__init__(format)
        self._limit = limit
        self._ended = False

    def end(self) -> None:
        self._ended = True

    def _next(self) -> Frame | None:
        at_most(len(self._buffer), self._limit, self._format)
        return self._take(len(self._buffer)) if self._ended and self._buffer else None
