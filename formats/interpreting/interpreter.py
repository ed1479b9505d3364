"""A layout as a declared `construct` Struct: the careful way through a record, which finds every fault.

`construct` itself has no padding character, no packed or zoned decimals, no place in its errors and no
partial result (and prints raw bytes in some of them). So the leaves are our own: each reads one scalar, notes
a fault with its label and offset in the `Trace` of the run and goes on; only bytes that are missing and
counts or selectors that cannot be end it. Nothing of construct's own errors is left to translate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from construct import Container, Struct

from formats.codec import Fields, Path
from formats.errors import Fault, Place
from formats.interpreting.leaves import Computed, Leaf
from formats.interpreting.nesting import Loop, Sub, names_of, note_unknown
from formats.interpreting.trace import UNREAD, Trace
from formats.interpreting.views import Views
from formats.layout import Bindings, Field, Group, Layout, Redefines, Repeat, Row, bindings_of


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
        note_unknown(trace, fields, self._names, "", 0)
        stream = BytesIO()
        self._struct.build_stream(Container(fields), stream, trace=trace)
        return stream.getvalue(), trace.faults


_MERGED = "="
"""Before the name of a member whose own members belong into the row."""


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
            return f"{_MERGED}{row.views[0].row.name}" / self._views(row, above)
        made = self._made(row, above)
        hidden = (*above, row.name) in self.bound.computed
        return row.name / made if row.name and not hidden else made

    def _made(self, row: Field | Group | Repeat, above: Path) -> Any:
        path = (*above, row.name)
        if isinstance(row, Repeat):
            return Loop(row, path, self.bound, self.struct(row.rows, path))
        if isinstance(row, Group):
            return Sub(self.struct(row.rows, path), names_of(row.rows, path, self.bound))
        return (Computed if path in self.bound.computed else Leaf)(row, path, self.bound, self.blank)

    def _views(self, row: Redefines, above: Path) -> Views:
        selector = self.bound.selectors.get((*above, row.views[0].row.name))
        views = {view.row.name: self._made(view.row, above) for view in row.views}
        return Views(row, selector, views, self.blank)


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
        elif name[0] != "_" and inner is not UNREAD:
            out[name] = _plain(inner)
    return out
