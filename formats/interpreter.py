"""A layout as a declared `construct` Struct: the careful way through a record, which finds every fault.

`construct` itself has no padding character, no packed or zoned decimals, no place in its errors and no
partial result (and prints raw bytes in some of them). So the leaves are our own: each reads one scalar, notes
a fault with its label and offset in the `Trace` of the run and goes on; only bytes that are missing and
counts or selectors that cannot be end it. Nothing of construct's own errors is left to translate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from construct import Construct, Container, StopFieldError, Struct

from formats.codec import Fields, Path
from formats.errors import Fault, Place, Refused
from formats.layout import (
    Bindings,
    Field,
    Group,
    Layout,
    Redefines,
    Repeat,
    Row,
    View,
    bindings_of,
    side_by_side,
)
from formats.lists import counted, entries_of, given_entries


@dataclass(slots=True)
class Trace:
    faults: list[Fault] = field(default_factory=list)
    ended: bool = False
    """Nothing more can be read."""
    places: dict[str, Place] = field(default_factory=dict)
    values: dict[Path, Any] = field(default_factory=dict)
    """Of counts and selectors, the last one read or written at each path."""
    entries: list[Mapping[str, Any]] = field(default_factory=list)
    """The record and the entries around what is written now, the innermost last."""

    def note(self, path: str, at: int, size: int, rule: str) -> None:
        self.faults.append(Fault(Place(_label(path) or "FILLER", at, size), rule))


_UNREAD = object()
"""Stands for a value with a fault."""


def _label(path: str) -> str:
    """construct's "(parsing) -> ACCT(3) -> ACCT-CCY" as the sheets name it: `ACCT(3).ACCT-CCY`."""
    return ".".join(path.split(" -> ")[1:])


@dataclass(frozen=True)
class _Maker:
    """Rows → members of a Struct."""

    bound: Bindings
    blank: bytes

    def struct(self, layout: Layout, above: Path = ()) -> Any:
        members = [self._member(row, above) for row in layout]
        return Struct(*members)  # type: ignore[no-untyped-call]

    def _member(self, row: Row, above: Path) -> Any:
        if isinstance(row, Redefines):
            return f"{_MERGED}{row.views[0].row.name}" / _Views(row, above, self)
        made = self.construct(row, above)
        hidden = (*above, row.name) in self.bound.computed
        return row.name / made if row.name and not hidden else made

    def construct(self, row: Field | Group | Repeat, above: Path) -> Any:
        path = (*above, row.name)
        if isinstance(row, Repeat):
            return _Loop(row, path, self)
        if isinstance(row, Group):
            return _Sub(row, path, self)
        return _Computed(row, path, self) if path in self.bound.computed else _Leaf(row, path, self)


class _Leaf(Construct):
    def __init__(self, declared: Field, path: Path, maker: _Maker) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._scalar, self._name, self._at = declared.scalar, declared.name, path
        self._filler = maker.blank * declared.scalar.size
        bound = maker.bound
        self._counts = [bound.repeats[of] for of, count in bound.counts.items() if count == path]
        self._kept = bool(self._counts) or path in bound.selectors.values()

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        at, size = stream.tell(), self._scalar.size
        data = stream.read(size)
        trace.places[_label(path)] = Place(_label(path), at, size)
        try:
            value = self._read(data)
        except Refused as refused:
            trace.note(path, at, size, refused.rule)
            trace.ended = len(data) < size or self._kept
            return _UNREAD
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


class _Computed(_Leaf):
    """A count: not a member of its own, said by the lists that it counts."""

    def __init__(self, declared: Field, path: Path, maker: _Maker) -> None:
        super().__init__(declared, path, maker)
        counted_paths = maker.bound.computed[path]
        inside = max((len(p) for p in maker.bound.repeats if path[: len(p)] == p), default=0)
        self._lists = [(maker.bound.repeats[of], of[inside:]) for of in counted_paths]

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


class _Sub(Construct):
    """A group."""

    def __init__(self, group: Group, path: Path, maker: _Maker) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._struct = maker.struct(group.rows, path)
        self._names = names_of(group.rows, path, maker.bound)

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        start = stream.tell()
        found = self._struct._parsereport(stream, context, path)
        trace.places[_label(path)] = Place(_label(path), start, stream.tell() - start)
        return found

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if obj is not None and not isinstance(obj, Mapping):
            trace.note(path, stream.tell(), 0, "not a group")
        fields = obj if isinstance(obj, Mapping) else {}
        _note_unknown(trace, fields, self._names, path, stream.tell())
        self._struct._build(Container(fields), stream, context, path)
        return obj


class _Loop(Construct):
    def __init__(self, repeat: Repeat, path: Path, maker: _Maker) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._repeat = repeat
        self._count = maker.bound.counts.get(path)
        self._given = self._count is not None and self._count not in maker.bound.computed
        self._entry = maker.struct(repeat.rows, path)
        self._names = names_of(repeat.rows, path, maker.bound)

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
        trace.places[_label(path)] = Place(_label(path), start, stream.tell() - start)
        return entries

    def _length(self, trace: Trace) -> int | None:
        return self._repeat.most if self._count is None else self._repeat.length(trace.values[self._count])

    def _read(self, stream: BytesIO, context: Container, path: str) -> Any:
        start = stream.tell()
        entry = self._entry._parsereport(stream, context, path)
        places: dict[str, Place] = context._params.trace.places
        places[_label(path)] = Place(_label(path), start, stream.tell() - start)
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
            _note_unknown(trace, entry, self._names, place, stream.tell())
            trace.entries.append(entry)
            self._entry._build(Container(entry), stream, context, place)
            trace.entries.pop()
        return obj

    def _entries(self, obj: Any, trace: Trace) -> list[Any]:
        if self._given:
            assert self._count is not None
            return given_entries(self._repeat, obj, trace.values.get(self._count))
        return entries_of(self._repeat, obj)


_MERGED = "="
"""Before the name of a member whose own members belong into the row."""


class _Views(Construct):
    """The bytes of a Redefines. A Container of the views read."""

    def __init__(self, row: Redefines, above: Path, maker: _Maker) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._row, self._size, self._blank = row, row.size, maker.blank
        self._selector = maker.bound.selectors.get((*above, row.views[0].row.name))
        self._views = {view.row.name: maker.construct(view.row, above) for view in row.views}

    def _parse(self, stream: BytesIO, context: Container, path: str) -> Any:
        trace: Trace = context._params.trace
        if trace.ended:
            raise StopFieldError
        above, at = path.rpartition(" -> ")[0], stream.tell()
        data = stream.read(self._size)
        if self._selector is not None:
            return self._selected(data, at, context, above)
        return self._every(data, at, context, above)

    def _selected(self, data: bytes, at: int, context: Container, above: str) -> Any:
        trace: Trace = context._params.trace
        view = self._row.chosen(trace.values.get(self._selector or ()))
        if view is None:
            trace.note(f"{above} -> {self._row.selector.rpartition('.')[2]}", at, 0, "selects no view")
            trace.ended = True
            return Container()
        return Container({view.row.name: self._read(view, data, at, context, above)})

    def _every(self, data: bytes, at: int, context: Container, above: str) -> Any:
        """Every view without a fault; the faults of the first where there is none."""
        trace: Trace = context._params.trace
        found = Container()
        first: list[Fault] = []
        before = len(trace.faults)
        for view in self._row.views:
            trace.ended = False
            value = self._read(view, data, at, context, above)
            faults, trace.faults[before:] = trace.faults[before:], []
            if not faults:
                found[view.row.name] = value
            first = first or faults
        if not found:
            trace.faults += first
        trace.ended = len(data) < self._size
        return found

    def _read(self, view: View, data: bytes, at: int, context: Container, above: str) -> Any:
        trace: Trace = context._params.trace
        stream = BytesIO(bytes(at) + data)
        stream.seek(at)
        value = self._views[view.row.name]._parsereport(stream, context, f"{above} -> {view.row.name}")
        if len(data) < self._size and not trace.ended:
            trace.note(f"{above} -> {view.row.name}", at, self._size, "ends early")
            trace.ended = True
        return value

    def _build(self, obj: Any, stream: BytesIO, context: Container, path: str) -> Any:
        above, at = path.rpartition(" -> ")[0], stream.tell()
        view = self._to_write(context, above, at)
        if view is not None:
            name = view.row.name
            self._views[name]._build(context.get(name), stream, context, f"{above} -> {name}")
        stream.write(self._blank * (self._size - (stream.tell() - at)))
        return obj

    def _to_write(self, context: Container, above: str, at: int) -> View | None:
        trace: Trace = context._params.trace
        given = [view for view in self._row.views if context.get(view.row.name) is not None]
        if self._selector is None:
            return given[0] if given else None
        chosen = self._row.chosen(trace.values.get(self._selector))
        for view in given:
            if view is not chosen:
                trace.note(f"{above} -> {view.row.name}", at, 0, "not the view selected")
        if chosen is None:
            trace.note(f"{above} -> {self._row.selector.rpartition('.')[2]}", at, 0, "selects no view")
        return chosen


def names_of(layout: Layout, above: Path, bound: Bindings) -> frozenset[str]:
    """The names that the dict of a row may have."""
    rows = side_by_side(layout)
    return frozenset(row.name for row in rows if row.name and (*above, row.name) not in bound.computed)


def _note_unknown(trace: Trace, fields: Mapping[str, Any], known: frozenset[str], path: str, at: int) -> None:
    for name in fields:
        if name not in known:
            trace.note(f"{path} -> {name}", at, 0, "no such field")


class Interpreter:
    def __init__(self, layout: Layout, blank: bytes) -> None:
        bound = bindings_of(layout)
        self._struct = _Maker(bound, blank).struct(layout)
        self._names = names_of(layout, (), bound)

    def parse(self, body: bytes) -> tuple[Fields, list[Fault]]:
        """What could be read, and every fault, first one first."""
        trace = Trace()
        stream = BytesIO(body)
        fields = self._run(stream, trace)
        if stream.tell() < len(body) and not trace.ended:
            trace.note(" -> record", stream.tell(), len(body) - stream.tell(), "bytes follow")
        return fields, trace.faults

    def places(self, body: bytes) -> dict[str, Place]:
        """Label → where it stands, as far as the record can be read."""
        trace = Trace()
        self._run(BytesIO(body), trace)
        return trace.places

    def _run(self, stream: BytesIO, trace: Trace) -> Fields:
        fields: Fields = _plain(self._struct.parse_stream(stream, trace=trace))
        return fields

    def build(self, fields: Mapping[str, Any]) -> tuple[bytes, list[Fault]]:
        trace = Trace(entries=[fields])
        _note_unknown(trace, fields, self._names, "", 0)
        stream = BytesIO()
        self._struct.build_stream(Container(fields), stream, trace=trace)
        return stream.getvalue(), trace.faults


def _plain(value: Any) -> Any:
    """Containers as plain dicts, without construct's own entries (`_io` would keep the message alive)."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if not isinstance(value, Container):
        return value
    out: Fields = {}
    for name, inner in value.items():
        if name.startswith(_MERGED):
            out |= _plain(inner)
        elif name[0] != "_" and inner is not _UNREAD:
            out[name] = _plain(inner)
    return out
