"""A seal after the last byte of messages whose family has no place of its own for one.

TLV and ISO 8583 say themselves where their MAC stands; whatever else declares a [seal] is wrapped in this.
The code is looked at before anything else is believed, and what comes before it is the family's message,
unchanged: offsets in faults are the same with and without it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from formats.codec import Codec, FieldFacts, Fields, Path
from formats.errors import Fault, FaultKind, FormatError, Place
from formats.seals import Seal

LABEL = "MAC"


class SealedCodec:
    """See `formats.codec.Codec`."""

    def __init__(self, inner: Codec, seal: Seal) -> None:
        self._inner, self._seal = inner, seal
        self.name = inner.name

    def __repr__(self) -> str:
        return f"<SealedCodec {self._inner!r}>"

    @property
    def types(self) -> Collection[str]:
        return self._inner.types

    @property
    def largest(self) -> int:
        """Of a family of fixed sizes; 0 where there is no such size."""
        largest: int = getattr(self._inner, "largest", 0)
        return largest + self._seal.size if largest else 0

    def paths(self, type: str) -> Collection[Path]:
        return self._inner.paths(type)

    def facts(self, type: str) -> Sequence[FieldFacts]:
        return self._inner.facts(type)

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        return self._inner.peek(self._message(body))

    def parse(self, body: bytes) -> tuple[str, Fields]:
        message = self._message(body)
        code = body[len(message) :]
        if len(code) < self._seal.size:
            raise self._fault(FaultKind.CONTENT, body, "ends early")
        if not self._seal.holds(message, code):
            raise self._fault(FaultKind.SEAL, body, "wrong")
        return self._inner.parse(message)

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        message = self._inner.build(type, fields)
        return message + self._seal.over(message)

    def place(self, body: bytes, path: Path) -> Place:
        return self._inner.place(self._message(body), path)

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        message = self._message(body)
        return self._inner.content(message, without) + bytes(len(body) - len(message))

    def fit(self, type: str, path: Path, text: str) -> str:
        return self._inner.fit(type, path, text)

    def _message(self, body: bytes) -> bytes:
        return body[: max(len(body) - self._seal.size, 0)]

    def _fault(self, kind: FaultKind, body: bytes, rule: str) -> FormatError:
        at = len(self._message(body))
        return FormatError(
            self.name, kind, [Fault(Place(LABEL, at, len(body) - at), rule)], self.peek(body)[0]
        )
