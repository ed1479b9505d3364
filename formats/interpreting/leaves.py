"""One field: reads and writes its scalar, notes a fault with its label and offset, and goes on.

Only bytes that are missing, and counts or selectors that cannot be, end the run.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from construct import Construct, Container, StopFieldError

from formats.codec import Path
from formats.errors import Place, Refused
from formats.interpreting.trace import UNREAD, Trace, label_of
from formats.layout import Bindings, Field
from formats.lists import counted


class Leaf(Construct):
    def __init__(self, declared: Field, path: Path, bound: Bindings, blank: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._scalar, self._name, self._at = declared.scalar, declared.name, path
        self._filler = blank * declared.scalar.size
        self._counts = [bound.repeats[of] for of, count in bound.counts.items() if count == path]
        self._kept = bool(self._counts) or path in bound.selectors.values()

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        at, size = stream.tell(), self._scalar.size
        data = stream.read(size)
        trace.places[label_of(path)] = Place(label_of(path), at, size)
        try:
            value = self._read(data)
        except Refused as refused:
            trace.note(path, at, size, refused.rule)
            trace.ended = len(data) < size or self._kept
            return UNREAD
        if self._kept:
            trace.values[self._at] = value
        return value

    def _read(self, data: bytes) -> Any:
        if len(data) < self._scalar.size:
            raise Refused("ends early")
        if not self._name:
            return None
        value = self._scalar.read(data)
        for repeat in self._counts:
            if repeat.length(value) == -1:
                raise Refused(repeat.rule(value))
        return value

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        at = stream.tell()
        trace: Trace = context._params.trace
        try:
            value = self._value(obj, trace)
            if self._kept:
                trace.values[self._at] = value
            stream.write(self._scalar.write(value) if self._name else self._filler)
        except Refused as refused:
            trace.note(path, at, self._scalar.size, refused.rule)
            stream.write(self._filler)
        return obj

    def _value(self, obj: Any, trace: Trace) -> Any:
        return obj


class Computed(Leaf):
    """A count: not a member of its own, said by the lists that it counts."""

    def __init__(self, declared: Field, path: Path, bound: Bindings, blank: bytes) -> None:
        super().__init__(declared, path, bound, blank)
        counted_paths = bound.computed[path]
        inside = max((len(p) for p in bound.repeats if path[: len(p)] == p), default=0)
        self._lists = [(bound.repeats[of], of[inside:]) for of in counted_paths]

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        return super()._parse(stream, context, f"{path} -> {self._name}")

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        return super()._build(obj, stream, context, f"{path} -> {self._name}")

    def _value(self, obj: Any, trace: Trace) -> Any:
        return counted([(repeat, _inside(trace.entries[-1], path)) for repeat, path in self._lists])


def _inside(fields: Any, path: Path) -> Any:
    for step in path:
        fields = fields.get(step) if isinstance(fields, Mapping) else None
    return fields
