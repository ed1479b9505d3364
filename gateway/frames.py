"""Frames taken apart and put together for people: what `ecif decode` shows and `ecif encode` reads.

    {"system", "type", "id", "offset", "size", "fields": {…}, "errors": [{"path", "offset", "size", "rule"}]}

`offset` and `size` of a message are those of its whole frame in the input; those of an error count from the
message's first byte, as in the reply the hub would give.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.codec import Codec
from formats.errors import Fault, FaultKind, FormatError, Place
from formats.framing import NAK, Framing


@dataclass(frozen=True, slots=True)
class Taken:
    """One frame, taken apart as far as it can be."""

    offset: int
    size: int
    body: bytes = b""
    type: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def take_apart(data: bytes, framing: Framing, codec: Codec) -> Iterator[Taken]:
    """All frames of `data`; the first one that has no end is the last."""
    reader = framing.reader(codec.name)
    reader.feed(data)
    reader.end()
    while left := reader.pending:
        start = len(data) - left
        try:
            body = reader.next_frame()
        except FormatError as error:
            lost = error.kind is FaultKind.LENGTH
            yield Taken(start, left if lost else left - reader.pending, faults=tuple(error.faults))
            if lost:
                return
            continue
        if body is None:
            yield Taken(start, left, faults=(Fault(Place("frame", 0, left), "ends early"),))
            return
        yield take_message(body, codec, start, left - reader.pending)


def take_message(body: bytes, codec: Codec, offset: int = 0, size: int | None = None) -> Taken:
    size = len(body) if size is None else size
    if not body or body is NAK:
        return Taken(offset, size)  # a keep-alive, or a word about the last frame
    try:
        type, fields = codec.parse(body)
    except FormatError as error:
        return Taken(offset, size, body, error.type or codec.peek(body)[0], error.fields, tuple(error.faults))
    return Taken(offset, size, body, type, fields)
