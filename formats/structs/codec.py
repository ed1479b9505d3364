"""Messages whose layouts are hand-written `construct` structs.

The struct itself reads and writes; where it refuses, a traced copy of it does so again and says what is wrong
(`formats.structs.tracing`). Whatever exception a hand-written part raises is a fault of the message.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import construct as c

from formats.charsets.charset import LOST
from formats.codec import FieldFacts, Fields, Path
from formats.errors import DeclarationError, Fault, FaultKind, FormatError, Place, Refused
from formats.structs.guarding import Idle, guarded
from formats.structs.shape import facts_of, innermost, is_field, size_of
from formats.structs.tracing import Traced, label_of, rule_of
from formats.structs.values import Unwritable, Values


class _Record:
    def __init__(self, struct: Any, type_field: str) -> None:
        self.struct = guarded(struct)
        self.facts = [
            replace(fact, kind="type") if fact.path == (type_field,) else fact for fact in facts_of(struct)
        ]
        self.traced = Traced(self.struct)
        self.values = Values(self.facts, type_field)
        self.slots = _slots(struct)

    def parse(self, body: bytes) -> Fields:
        """Raises whatever the struct does."""
        stream = BytesIO(body)
        value = self.struct.parse_stream(stream, idle=Idle())
        if stream.tell() != len(body):
            raise Refused("bytes follow")
        return self.values.plain(value)


def _slots(struct: Any) -> dict[str, slice]:
    """Where the fields stand that have nothing of unknown size before them."""
    slots: dict[str, slice] = {}
    at = 0
    for member in struct.subcons:
        size = size_of(member)
        if size is None:
            break
        if is_field(member):
            slots[member.name] = slice(at, at + size)
        at += size
    return slots


class StructCodec:
    """A `formats.codec.Codec`."""

    def __init__(self, name: str, header: Any, type_field: str, records: Mapping[str, Any]) -> None:
        self.name = name
        self._head = _slots(header)
        self._type_field = type_field
        self._type_part = next((one for one in header.subcons if one.name == type_field), None)
        if type_field not in self._head:
            raise DeclarationError(f"the header has no {type_field} of a fixed size", key="type_field")
        if len(self._head) != sum(map(is_field, header.subcons)):
            raise DeclarationError("the header has a field without a fixed size", key="header")
        self._records = {type: _Record(struct, type_field) for type, struct in records.items()}
        self._values = {type: self._type_value(type) for type in records}
        for type, record in self._records.items():
            if any(record.slots.get(field) != slot for field, slot in self._head.items()):
                raise DeclarationError(f"{type} does not begin with the header", key=f"records.{type}")

    def _type_value(self, type: str) -> Any:
        """The type as the struct takes it: a number where it is one."""
        for value in (type, int(type) if type.isdecimal() else None):
            if value is not None and self._builds(value):
                return value
        raise DeclarationError(f"{self._type_field} cannot hold {type}", key=f"records.{type}")

    def _builds(self, value: Any) -> bool:
        part = self._type_part
        try:
            return str(part.parse(part.build(value))) == str(value)  # type: ignore[union-attr]
        except Exception:  # the struct says no in its own way
            return False

    @property
    def types(self) -> Collection[str]:
        return self._records.keys()

    def paths(self, type: str) -> Collection[Path]:
        return [fact.path for fact in self._records[type].facts]

    def facts(self, type: str) -> Sequence[FieldFacts]:
        return self._records[type].facts

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        head = {name: body[slot].ljust(slot.stop - slot.start, b"\0") for name, slot in self._head.items()}
        return self._type(body) or "", head

    def _type(self, body: bytes) -> str | None:
        slot = self._head[self._type_field]
        if len(body) < slot.stop:
            return None
        try:
            return str(self._type_part.parse(body[slot]))  # type: ignore[union-attr]
        except Exception:  # the struct says no in its own way
            return None

    def parse(self, body: bytes) -> tuple[str, Fields]:
        type = self._type(body)
        record = self._records.get(type or "")
        if type is None or record is None:
            raise self._unknown(type, body)
        try:
            return type, record.parse(body)
        except Exception as error:
            raise self._diagnosed(type, record, body, error) from None

    def _unknown(self, type: str | None, body: bytes) -> FormatError:
        slot = self._head[self._type_field]
        place = Place(self._type_field, slot.start, slot.stop - slot.start)
        if type is not None:
            return FormatError(self.name, FaultKind.TYPE, [Fault(place, "unknown type")])
        rule = "ends early" if len(body) < slot.stop else "not readable"
        place = Place(place.label, min(place.offset, len(body)), place.size)
        return FormatError(self.name, FaultKind.CONTENT, [Fault(place, rule)])

    def _diagnosed(self, type: str, record: _Record, body: bytes, error: Exception) -> FormatError:
        value, trace = record.traced.parse(body)
        faults = trace.faults or [Fault(Place("record", 0, len(body)), rule_of(error))]
        return FormatError(self.name, FaultKind.CONTENT, faults, type, self._read_so_far(record, value, body))

    def _read_so_far(self, record: _Record, value: Any, body: bytes) -> Fields:
        """Of a message that ends in the middle at least the head."""
        try:
            return record.values.plain(value if value is not None else self._header_of(record, body))
        except Exception:
            return {}

    def _header_of(self, record: _Record, body: bytes) -> c.Container:
        found = c.Container()
        for member in record.struct.subcons:
            slot = self._head.get(member.name or "")
            if slot is not None and slot.stop <= len(body):
                found[member.name] = member.parse(body[slot], idle=Idle())
        return found

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        record = self._records.get(type)
        if record is None:
            place = Place(self._type_field, self._head[self._type_field].start, 0)
            raise FormatError(self.name, FaultKind.TYPE, [Fault(place, "unknown type")], type)
        try:
            raw = record.values.raw({**fields, self._type_field: self._values[type]})
        except Unwritable as unwritable:
            raise FormatError(self.name, FaultKind.CONTENT, [unwritable.fault], type) from None
        body, trace = record.traced.build(raw)
        if trace.faults:
            raise FormatError(self.name, FaultKind.CONTENT, trace.faults, type)
        return body

    def place(self, body: bytes, path: Path) -> Place:
        label = label_of(path)
        record = self._records.get(self._type(body) or "")
        slot = self._head.get(label)
        if record is None and slot is not None:
            return Place(label, slot.start, slot.stop - slot.start)
        places = record.traced.parse(body)[1].places if record is not None else {}
        return places.get(path, Place(label, len(body), 0))

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        record = self._records.get(self._type(body) or "")
        slots = record.slots if record is not None else self._head
        out = bytearray(body)
        for slot in (slots[name] for name in without if name in slots):
            out[slot] = bytes(len(out[slot]))
        return bytes(out)

    def fit(self, type: str, path: Path, text: str) -> str:
        struct: Any = self._records[type].struct
        for step in (step for step in path if isinstance(step, str)):
            inside = innermost(struct)
            inside = innermost(inside.subcon) if hasattr(inside, "subcon") else inside
            struct = next((one for one in getattr(inside, "subcons", ()) if one.name == step), None)
            if struct is None:
                return text
        return _fitted(struct, text) if isinstance(innermost(struct), c.StringEncoded) else text


def _fitted(part: Any, text: str) -> str:
    """The longest beginning that the part takes; what it has no code for as 〓 or ?."""
    written = "".join(one if _taken(part, one) else LOST if _taken(part, LOST) else "?" for one in text)
    while written and not _taken(part, written):
        written = written[:-1]
    return str(part.parse(part.build(written))) if written else ""


def _taken(part: Any, text: str) -> bool:
    try:
        part.build(text)
    except Exception:  # the struct says no in its own way
        return False
    return True
