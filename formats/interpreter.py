"""A layout as a declared `construct` Struct: the careful way through a record, which finds every fault.

`construct` itself has no padding character, no packed or zoned decimals, no place in its errors and no
partial result (and prints raw bytes in some of them). So the leaves are our own: each reads one scalar, notes
a fault with its label and offset in the `Trace` of the run and goes on; only bytes that are missing and
counts that cannot be end it. Nothing of construct's own errors is left to translate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from construct import Construct, Container, StopFieldError, Struct

from formats.codec import Fields
from formats.errors import Fault, Place, Refused
from formats.layout import Field, Layout, Repeat, counts_of
from formats.plan import counted, entries_of


@dataclass(slots=True)
class Trace:
    faults: list[Fault] = field(default_factory=list)
    ended: bool = False
    """Nothing more can be read."""
    places: dict[str, Place] = field(default_factory=dict)

    def note(self, path: str, at: int, size: int, rule: str) -> None:
        self.faults.append(Fault(Place(_label(path) or "FILLER", at, size), rule))


_UNREAD = object()
"""Stands for a value with a fault."""


def _label(path: str) -> str:
    """construct's "(parsing) -> ACCT(3) -> ACCT-CCY" as the sheets name it: `ACCT(3).ACCT-CCY`."""
    return ".".join(path.split(" -> ")[1:])


class Leaf(Construct):
    def __init__(self, declared: Field, counts: Repeat | None, blank: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._scalar, self._name, self._counts = declared.scalar, declared.name, counts
        self._filler = blank * declared.scalar.size

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        at, size = stream.tell(), self._scalar.size
        data = stream.read(size)
        trace.places[_label(path)] = Place(_label(path), at, size)
        try:
            return self._read(data)
        except Refused as refused:
            trace.note(path, at, size, refused.rule)
            trace.ended = len(data) < size or self._counts is not None
            return _UNREAD

    def _read(self, data: bytes) -> Any:
        if len(data) < self._scalar.size:
            raise Refused("ends early")
        return self._counted(self._scalar.read(data)) if self._name else None

    def _counted(self, value: Any) -> Any:
        if self._counts is not None and self._counts.length(value) == -1:
            raise Refused(self._counts.rule(value))
        return value

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        at = stream.tell()
        try:
            stream.write(self._written(obj, context) if self._name else self._filler)
        except Refused as refused:
            context._params.trace.note(path, at, self._scalar.size, refused.rule)
            stream.write(self._filler)
        return obj

    def _written(self, obj: Any, context: Container) -> bytes:
        if self._counts is not None:
            obj = counted(self._counts, context.get(self._counts.name))
        return self._scalar.write(obj)


class Loop(Construct):
    def __init__(self, repeat: Repeat, blank: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._repeat = repeat
        self._entry = struct_of(repeat.rows, blank)
        self._names = _names(repeat.rows)

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        repeat = self._repeat
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        length = repeat.length(context[repeat.count]) if repeat.count else repeat.most
        if length is None:
            return None
        start = stream.tell()
        entries: list[Any] = []
        while len(entries) < length and not trace.ended:
            entries.append(self._read(stream, context, f"{path}({len(entries) + 1})"))
        trace.places[_label(path)] = Place(_label(path), start, stream.tell() - start)
        return entries

    def _read(self, stream: BytesIO, context: Container, path: str) -> Any:
        start = stream.tell()
        entry = self._entry._parsereport(stream, context, path)
        places: dict[str, Place] = context._params.trace.places
        places[_label(path)] = Place(_label(path), start, stream.tell() - start)
        return entry

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        try:
            entries = entries_of(self._repeat, obj)
        except Refused as refused:
            if not self._repeat.count:  # else its count field has noted it
                context._params.trace.note(path, stream.tell(), 0, refused.rule)
            return obj
        for i, entry in enumerate(entries):
            _note_unknown(context._params.trace, entry, self._names, f"{path}({i + 1})", stream.tell())
            self._entry._build(entry, stream, context, f"{path}({i + 1})")
        return obj


def struct_of(layout: Layout, blank: bytes) -> Any:
    counts = counts_of(layout)
    members = []
    for row in layout:
        leaf = Loop(row, blank) if isinstance(row, Repeat) else Leaf(row, counts.get(row.name), blank)
        members.append(row.name / leaf if row.name else leaf)
    return Struct(*members)  # type: ignore[no-untyped-call]


def _names(layout: Layout) -> set[str]:
    return {row.name for row in layout} - {"", *counts_of(layout)}


def _note_unknown(trace: Trace, fields: Mapping[str, Any], known: set[str], path: str, at: int) -> None:
    for name in fields:
        if name not in known:
            trace.note(f"{path} -> {name}", at, 0, "no such field")


class Interpreter:
    def __init__(self, layout: Layout, blank: bytes) -> None:
        self._struct = struct_of(layout, blank)
        self._names = _names(layout)
        self._order = [row.name for row in layout if row.name in self._names]

    def parse(self, body: bytes) -> tuple[Fields, list[Fault]]:
        """What could be read, and every fault, first one first."""
        trace = Trace()
        stream = BytesIO(body)
        fields = self._run(stream, trace)
        if stream.tell() < len(body) and not trace.ended:
            trace.note(" -> record", stream.tell(), len(body) - stream.tell(), "bytes follow")
        return {name: fields[name] for name in self._order if name in fields}, trace.faults

    def places(self, body: bytes) -> dict[str, Place]:
        """Label → where it stands, as far as the record can be read."""
        trace = Trace()
        self._run(BytesIO(body), trace)
        return trace.places

    def _run(self, stream: BytesIO, trace: Trace) -> Fields:
        fields: Fields = _plain(self._struct.parse_stream(stream, trace=trace))
        return fields

    def build(self, fields: Mapping[str, Any]) -> tuple[bytes, list[Fault]]:
        trace = Trace()
        _note_unknown(trace, fields, self._names, "", 0)
        stream = BytesIO()
        self._struct.build_stream(dict(fields), stream, trace=trace)
        return stream.getvalue(), trace.faults


def _plain(value: Any) -> Any:
    """Containers as plain dicts, without construct's own entries (`_io` would keep the message alive)."""
    if isinstance(value, Container):
        return {name: _plain(v) for name, v in value.items() if name[0] != "_" and v is not _UNREAD}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value
