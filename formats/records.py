"""Messages that are records: a header with the type, and one layout a type (copybooks and tables).

The fast way is generated code (`formats.lowering`, to be read through `RecordCodec.source`); where it fails,
the interpreter reads the same bytes again and says what is wrong.
Faults are looked for in the order of FaultKind: the type first, then the content.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from formats.codec import FieldFacts, Fields, Path
from formats.errors import DeclarationError, Fault, FaultKind, FormatError, Place, Refused
from formats.facts import facts_of
from formats.interpreting.interpreter import Interpreter
from formats.layout import Field, Group, Layout, Repeat, fields_of, sizes_of
from formats.lowering.reading import lower_reading
from formats.lowering.writing import lower_writing
from formats.scalars import text_of

_Slots = dict[str, slice]
_UNBUILT = (ValueError, TypeError, AttributeError, LookupError, OverflowError)
"""What generated code ends in where a value is not of its field's kind."""


class _Record:
    """One message type, ready to run."""

    def __init__(self, layout: Layout, blank: bytes, title: str, fixed: dict[str, str]) -> None:
        self.layout = layout
        self.reading = lower_reading(layout, title, fixed)
        self.writing = lower_writing(layout, blank, title, fixed)
        self.parse: Callable[[bytes], Fields] = self.reading.function
        self.build: Callable[[Mapping[str, Any]], bytes] = self.writing.function
        self.interpreter = Interpreter(layout, blank)
        self.slots = _fixed_slots(layout)
        self.fits = _fits(layout)
        self.paths = [path for path, _ in fields_of(layout)]


def _fixed_slots(layout: Layout) -> _Slots:
    """Where the fields stand that have no list before them; those of groups under `GROUP.FIELD`."""
    slots: _Slots = {}
    _add_slots(layout, "", 0, slots)
    return slots


def _add_slots(layout: Layout, above: str, at: int, slots: _Slots) -> int:
    """Where the next row begins; -1 where that depends on a list."""
    for row in layout:
        if at < 0 or isinstance(row, Repeat):
            return -1
        if isinstance(row, Group):
            at = _add_slots(row.rows, f"{above}{row.name}.", at, slots)
            continue
        size = row.scalar.size if isinstance(row, Field) else row.size
        if row.name:
            slots[above + row.name] = slice(at, at + size)
        at += size
    return at


def _fits(layout: Layout) -> dict[Path, Callable[[str], str]]:
    found = ((path, text_of(row.scalar)) for path, row in fields_of(layout) if isinstance(row, Field))
    return {path: fit for path, fit in found if fit is not None}


class RecordCodec:
    """A `formats.codec.Codec`."""

    def __init__(
        self, name: str, header: Layout, type_field: str, records: Mapping[str, Layout], blank: bytes
    ) -> None:
        self.name = name
        self._blank = blank
        self._head = _fixed_slots(header)
        self._type_field = _type_field(header, type_field)
        self._largest = max((sizes_of(layout)[1] for layout in records.values()), default=0)
        codes = {type: self._code(type) for type in records}
        self._records = {
            type: _Record(layout, blank, f"{name} {type}", {type_field: type})
            for type, layout in records.items()
        }
        self._type_slot = self._head[type_field]
        self._by_code = {code: (type, self._records[type].parse) for type, code in codes.items()}
        for type, record in self._records.items():
            if any(record.slots.get(field) != slot for field, slot in self._head.items()):
                raise DeclarationError(f"{type} does not begin with the header", key=f"records.{type}")

    @property
    def types(self) -> Collection[str]:
        return self._records.keys()

    @property
    def largest(self) -> int:
        """Bytes of the largest message there can be."""
        return self._largest

    def paths(self, type: str) -> Collection[Path]:
        return self._records[type].paths

    def facts(self, type: str) -> Sequence[FieldFacts]:
        facts = facts_of(self._records[type].layout)
        typed = (self._type_field.name,)
        return [replace(fact, kind="type") if fact.path == typed else fact for fact in facts]

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        head = {}
        for name, slot in self._head.items():
            head[name] = body[slot].ljust(slot.stop - slot.start, self._blank)
        return self._type(body) or "", head

    def _type(self, body: bytes) -> str | None:
        slot = self._head[self._type_field.name]
        if len(body) < slot.stop:
            return None
        try:
            return str(self._type_field.scalar.read(body[slot]))
        except Refused:
            return None

    def _code(self, type: str) -> bytes:
        """As it is usually written."""
        try:
            return self._type_field.scalar.write(type)
        except Refused as reason:
            text = f"{type} cannot stand in {self._type_field.name}: {reason}"
            raise DeclarationError(text, key=f"records.{type}") from None

    def layout(self, type: str) -> Layout:
        return self._records[type].layout

    def source(self, type: str) -> str:
        """The Python that was generated for a message type, to read."""
        record = self._records[type]
        return f"{record.reading.source}\n\n{record.writing.source}"

    def parse(self, body: bytes) -> tuple[str, Fields]:
        try:
            type, parse = self._by_code[body[self._type_slot]]
            return type, parse(body)
        except (KeyError, ValueError):
            return self._parse_carefully(body)

    def _parse_carefully(self, body: bytes) -> tuple[str, Fields]:
        type = self._type(body)
        record = self._records.get(type) if type is not None else None
        if type is None or record is None:
            raise self._unknown(type, body)
        fields, faults = record.interpreter.parse(body)
        if faults:
            raise FormatError(self.name, FaultKind.CONTENT, faults, type, fields)
        return type, fields

    def _unknown(self, type: str | None, body: bytes) -> FormatError:
        slot = self._head[self._type_field.name]
        place = Place(self._type_field.name, slot.start, slot.stop - slot.start)
        if type is not None:
            return FormatError(self.name, FaultKind.TYPE, [Fault(place, "unknown type")], type)
        rule = "ends early" if len(body) < slot.stop else "not readable"
        return FormatError(self.name, FaultKind.CONTENT, [Fault(place, rule)])

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        record = self._records.get(type)
        if record is None:
            place = Place(self._type_field.name, self._head[self._type_field.name].start, 0)
            raise FormatError(self.name, FaultKind.TYPE, [Fault(place, "unknown type")], type)
        try:
            return record.build(fields)
        except _UNBUILT:
            body, faults = record.interpreter.build({**fields, self._type_field.name: type})
            if faults:
                raise FormatError(self.name, FaultKind.CONTENT, faults, type) from None
            return body

    def place(self, body: bytes, path: Path) -> Place:
        record = self._records.get(self._type(body) or "")
        label = _label(path)
        if record is None and label in self._head:
            slot = self._head[label]
            return Place(label, slot.start, slot.stop - slot.start)
        places = record.interpreter.places(body) if record is not None else {}
        return places.get(label, Place(label, len(body), 0))

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        record = self._records.get(self._type(body) or "")
        slots = record.slots if record is not None else self._head
        out = bytearray(body)
        for slot in (slots[name] for name in without if name in slots):
            out[slot] = bytes(len(out[slot]))
        return bytes(out)

    def fit(self, type: str, path: Path, text: str) -> str:
        fit = self._records[type].fits.get(tuple(name for name in path if isinstance(name, str)))
        return text if fit is None else fit(text)


def _type_field(header: Layout, name: str) -> Field:
    for row in header:
        if isinstance(row, Field) and row.name == name:
            return row
    raise DeclarationError(f"the header has no {name}", key="type_field")


def _label(path: Path) -> str:
    label = ""
    for step in path:
        label += f"({step + 1})" if isinstance(step, int) else f".{step}" if label else step
    return label
