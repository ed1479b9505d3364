"""Bytes that can be read in several ways: the one that a selector names, or all that have no fault."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from construct import Construct, Container, StopFieldError

from formats.codec import Path
from formats.errors import Fault
from formats.interpreting.trace import Trace
from formats.layout import Redefines, View


class Views(Construct):
    """The bytes of a Redefines. A Container of the views read."""

    def __init__(self, row: Redefines, selector: Path | None, views: Mapping[str, Any], blank: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flagbuildnone = True
        self._row, self._size, self._blank = row, row.size, blank
        self._selector, self._views = selector, views

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
