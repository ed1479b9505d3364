"""Groups and lists: what holds rows of its own."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from construct import Construct, Container, StopFieldError

from formats.codec import Path
from formats.errors import Place, Refused
from formats.interpreting.trace import Trace, label_of
from formats.layout import Bindings, Layout, Repeat, side_by_side
from formats.lists import entries_of, given_entries


def names_of(layout: Layout, above: Path, bound: Bindings) -> frozenset[str]:
    """The names that the dict of a row may have."""
    rows = side_by_side(layout)
    return frozenset(row.name for row in rows if row.name and (*above, row.name) not in bound.computed)


def note_unknown(trace: Trace, fields: Mapping[str, Any], known: frozenset[str], path: str, at: int) -> None:
    for name in fields:
        if name not in known:
            trace.note(f"{path} -> {name}", at, 0, "no such field")


class Sub(Construct):
    """A group."""

    def __init__(self, struct: Any, names: frozenset[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._struct, self._names = struct, names

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        start = stream.tell()
        found = self._struct._parsereport(stream, context, path)
        trace.places[label_of(path)] = Place(label_of(path), start, stream.tell() - start)
        return found

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if obj is not None and not isinstance(obj, Mapping):
            trace.note(path, stream.tell(), 0, "not a group")
        fields = obj if isinstance(obj, Mapping) else {}
        note_unknown(trace, fields, self._names, path, stream.tell())
        self._struct._build(Container(fields), stream, context, path)
        return obj


class Loop(Construct):
    def __init__(self, repeat: Repeat, path: Path, bound: Bindings, entry: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._repeat = repeat
        self._count = bound.counts.get(path)
        self._given = self._count is not None and self._count not in bound.computed
        self._entry = entry
        self._names = names_of(repeat.rows, path, bound)

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        length = self._length(trace)
        if length is None:
            return None
        start = stream.tell()
        entries: list[Any] = []
        while len(entries) < length and not trace.ended:
            entries.append(self._read(stream, context, f"{path}({len(entries) + 1})"))
        trace.places[label_of(path)] = Place(label_of(path), start, stream.tell() - start)
        return entries

    def _length(self, trace: Trace) -> int | None:
        return self._repeat.most if self._count is None else self._repeat.length(trace.values[self._count])

    def _read(self, stream: BytesIO, context: Container, path: str) -> Any:
        start = stream.tell()
        entry = self._entry._parsereport(stream, context, path)
        places: dict[str, Place] = context._params.trace.places
        places[label_of(path)] = Place(label_of(path), start, stream.tell() - start)
        return entry

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        try:
            entries = self._entries(obj, trace)
        except Refused as refused:
            if self._count is None or self._given:  # else its count field has noted it
                trace.note(path, stream.tell(), 0, refused.rule)
            return obj
        for i, entry in enumerate(entries):
            place = f"{path}({i + 1})"
            note_unknown(trace, entry, self._names, place, stream.tell())
            trace.entries.append(entry)
            self._entry._build(Container(entry), stream, context, place)
            trace.entries.pop()
        return obj

    def _entries(self, obj: Any, trace: Trace) -> list[Any]:
        if self._given:
            assert self._count is not None
            return given_entries(self._repeat, obj, trace.values.get(self._count))
        return entries_of(self._repeat, obj)
