"""A system's own export, read for an audit: frames of its customer message in a file, taken as they come."""

from collections.abc import Iterator
from typing import BinaryIO

from adapters.dialect import SystemDialect
from ecif.audit import Shown
from ecif.messages import Amendment, CustomerImage
from formats.errors import FaultKind, FormatError
from formats.framing import NAK, Framing

CHUNK = 1 << 20


class Export:
    """To be read once. What is no customer is counted: nothing of it is compared."""

    def __init__(self, file: BinaryIO, framing: Framing, dialect: SystemDialect, now: int) -> None:
        self._file, self._dialect, self._now = file, dialect, now
        self._frames = framing.reader(dialect.name)
        self.unreadable: list[str] = []
        """What is wrong, frame by frame, and where."""
        self.others = 0
        """Messages of other kinds."""

    def customers(self) -> Iterator[Shown]:
        for index, body in enumerate(self._bodies(), 1):
            message = self._dialect.read(body, self._now)
            if isinstance(message, CustomerImage | Amendment):
                yield message.change.customer_no, message.change.values
            elif text := getattr(message, "text", ""):
                self.unreadable.append(f"frame {index}: {text}")
            else:
                self.others += 1

    def _bodies(self) -> Iterator[bytes]:
        while data := self._file.read(CHUNK):
            self._frames.feed(data)
            yield from self._ready()
        self._frames.end()
        yield from self._ready()
        if self._frames.pending and not self.unreadable:
            self.unreadable.append("the last frame ends early")

    def _ready(self) -> Iterator[bytes]:
        """A frame that came damaged is passed by; after a length that cannot be nothing can be found."""
        lost = False
        while not lost:
            try:
                body = self._frames.next_frame()
            except FormatError as error:
                lost = error.kind is FaultKind.LENGTH
                self._fault(error.faults[0].text())
                continue
            if body is None:
                return
            if body and body is not NAK:
                yield body

    def _fault(self, text: str) -> None:
        if not self.unreadable or self.unreadable[-1] != text:
            self.unreadable.append(text)
