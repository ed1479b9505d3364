"""Hand-written structs, guarded against counts that cost nothing to claim.

An array's entries normally end with the message's bytes. Entries that take no byte would not: a count of two
thousand million of them, or a `RepeatUntil` whose end never comes, is refused here after a fixed number.
"""

import copy
from io import BytesIO
from typing import Any

import construct as c

from formats.errors import Refused

_IDLE = 1 << 16
_PARTS = ("subcon", "thensubcon", "elsesubcon", "default", "lengthfield", "countfield")


class Idle:
    """Entries of one run that took no byte."""

    def __init__(self) -> None:
        self._entries = 0

    def note(self) -> None:
        self._entries += 1
        if self._entries > _IDLE:
            raise Refused("bad count")


class Guard(c.Subconstruct):
    def _parse(self, stream: BytesIO, context: Any, path: str) -> Any:
        at = stream.tell()
        value = self._read(stream, context, path)
        if stream.tell() == at:
            context._params.idle.note()
        return value

    def _read(self, stream: BytesIO, context: Any, path: str) -> Any:
        part: Any = self.subcon
        return part._parsereport(stream, context, path)


def guarded(part: Any) -> Any:
    """A copy of it whose arrays are guarded, however deep they are. To be parsed with `idle=Idle()`."""
    found = copy.copy(part)
    for name in _PARTS:
        if isinstance(getattr(part, name, None), c.Construct):
            setattr(found, name, guarded(getattr(part, name)))
    if isinstance(getattr(part, "subcons", None), list):
        found.subcons = [guarded(one) for one in part.subcons]
    if isinstance(getattr(part, "cases", None), dict):
        found.cases = {key: guarded(one) for key, one in part.cases.items()}
    if isinstance(part, c.Array | c.GreedyRange | c.RepeatUntil):
        found.subcon = Guard(found.subcon)  # type: ignore[no-untyped-call]
    return found
