"""A file as pieces: one message or record after the other, with where it stands, in little memory.

| form | the file holds |
|---|---|
| `framed` | messages as the system sends them, in its framing |
| `fixed`, `rdw` and the rest of `formats.copybook.files` | one message a record |
| `csv` | one message a row (`gateway.loading.columns`) |

Where nothing behind a place can be found any more, as after a length that cannot be, reading ends there with
`BrokenFile`; whatever else is wrong with one piece is its own.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from formats.copybook.files import BrokenFile, Form, records_in
from formats.errors import Fault, FaultKind, FormatError
from formats.framing import NAK, Framing

CHUNK_BYTES = 1 << 16


class Piece(NamedTuple):
    at: int
    """Bytes before it in the file; of a CSV row its line, from 1."""
    body: bytes = b""
    type: str = ""
    """Of a row; a body says its own."""
    fields: dict[str, Any] | None = None
    """Of a row."""
    fault: Fault | None = None
    """It cannot be read at all."""


def framed(stream: BinaryIO, framing: Framing, system: str) -> Iterator[Piece]:
    """Signs of life and words between frames are passed over. Raises BrokenFile."""
    reader = framing.reader(system)
    fed, data = 0, b"."
    while data:
        data = stream.read(CHUNK_BYTES)
        fed += len(data)
        if data:
            reader.feed(data)
        else:
            reader.end()
        while True:
            at = fed - reader.pending
            try:
                body = reader.next_frame()
            except FormatError as error:
                if error.kind is FaultKind.LENGTH:
                    raise BrokenFile(at, error.faults[0].text()) from None
                yield Piece(at, fault=error.faults[0])
                continue
            if body is None:
                break
            if body and body is not NAK:
                yield Piece(at, body)
    if reader.partial:
        raise BrokenFile(fed - reader.pending, "ends early: a frame without its end")


def records(stream: BinaryIO, form: Form, length: int) -> Iterator[Piece]:
    """Raises BrokenFile."""
    for at, body in records_in(stream, form, length):
        yield Piece(at, body)
