"""What all framings share: the reader that keeps bytes and the error that ended the line, and its faults."""

from typing import Annotated, ClassVar, Protocol, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from formats.errors import Fault, FaultKind, FormatError, Place

Frame: TypeAlias = bytes
"""The body; b"" is a keep-alive. `frame is NAK`: no body, the receiver's "your frame came damaged"."""


class _Signal(bytes):
    """One byte between frames. A reader gives the constant itself: a body of that byte is another object."""


LOST = 4096
STX, ETX = b"\x02", b"\x03"
NAK = _Signal(b"\x15")


class FrameReader(Protocol):
    def feed(self, data: bytes) -> None: ...

    def end(self) -> None:
        """The peer has finished writing: what is here may be the last frame."""

    def next_frame(self) -> Frame | None:
        """The next whole frame, None until there is one. Raises FormatError: see `formats.framing`."""

    @property
    def partial(self) -> bool:
        """Inside a frame? A peer that stops here has cut one."""

    @property
    def pending(self) -> int:
        """Bytes kept."""

    @property
    def lost(self) -> bytes:
        """What the last error was about, at most `LOST` bytes of it."""

    @property
    def begun(self) -> bytes:
        """The frame that has not ended, at most `LOST` bytes of it."""


def _hex(text: str) -> str:
    bytes.fromhex(text)
    return text


Hex: TypeAlias = Annotated[str, AfterValidator(_hex)]
"""Bytes in hex, such as "0d0a"."""


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1 << 30)]
    """The largest frame."""

    nak: ClassVar[bytes] = b""
    """What tells the sender that its frame came damaged; b"": this framing has no such word."""
    until_end: ClassVar[bool] = False
    """Does a frame end where its sender finishes writing?"""


def fault(format: str, label: str, size: int, rule: str, kind: FaultKind = FaultKind.LENGTH) -> FormatError:
    return FormatError(format, kind, [Fault(Place(label, 0, size), rule)])


def at_most(number: int, limit: int, format: str = "frame", size: int = 0) -> None:
    if number > limit:
        raise fault(format, "length", size, f"over {limit}")


class Reader:
    """Keeps the bytes, and the error that ended the line."""

    def __init__(self, format: str) -> None:
        self._format = format
        self._buffer = bytearray()
        self._error: FormatError | None = None
        self.lost = b""

    def feed(self, data: bytes) -> None:
        if self._error is None:
            self._buffer += data

    def end(self) -> None:
        """Only where that ends a frame is there anything to do."""

    def next_frame(self) -> Frame | None:
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            return self._next()
        except FormatError as error:
            if error.kind is FaultKind.LENGTH:
                self._error, self.lost = error, self.begun
                self._buffer.clear()
            raise

    def _next(self) -> Frame | None:
        raise NotImplementedError

    def _take(self, end: int, begin: int = 0) -> bytes:
        """Bytes from `begin` to `end`; nothing before `end` is kept."""
        taken = bytes(memoryview(self._buffer)[begin:end])
        del self._buffer[:end]
        return taken

    @property
    def partial(self) -> bool:
        return bool(self._buffer)

    @property
    def pending(self) -> int:
        return len(self._buffer)

    @property
    def begun(self) -> bytes:
        return bytes(self._buffer[:LOST])
