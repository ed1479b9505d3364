"""Messages of tags: a fixed head, TLVs in any order (some of them groups), a seal at the end (ebank.md).

A tag with the group bit holds TLVs. A single tag given twice, a wrong length and lengths that do not fill
their group are faults; tags that the message type does not have are kept as they are, under "unknown". Faults
are looked for in the order seal, version, type and flags, content; before the seal holds nothing is believed.
"""

import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from formats.codec import UNKNOWN, FieldFacts, Fields, Path
from formats.errors import Fault, FaultKind, FormatError, Place, Refused
from formats.lowering.tlv_reading import lower_tlv_reading
from formats.lowering.tlv_writing import lower_tlv_writing
from formats.scalars import Scalar, text_of
from formats.seals import Seal
from formats.tlv_spec import HeadField, Level, Spec, Tag
from formats.tlv_writing import TlvWriter

_FAILED = (ValueError, TypeError, AttributeError, LookupError, OverflowError, struct.error)
"""What generated code ends in."""


class _Lowered:
    """One message type, ready to run."""

    def __init__(self, spec: Spec, type: str, seal_size: int, system: str) -> None:
        self.type = type
        self.reading = lower_tlv_reading(spec, type, seal_size, f"{system} {type}")
        self.writing = lower_tlv_writing(spec, type, f"{system} {type}")
        self.parse: Callable[[bytes], Fields] = self.reading.function
        self.build: Callable[[Mapping[str, Any]], bytes] = self.writing.function


class TlvCodec:
    """A `formats.codec.Codec`."""

    def __init__(self, name: str, spec: Spec, seal: Seal | None) -> None:
        self.name = name
        self._spec, self._seal = spec, seal
        self._seal_size = seal.size if seal is not None else 0
        self._type, self._version = spec.head_field("type"), spec.head_field("version")
        self._in_head = frozenset(f.name for f in spec.head if f.kind != "version")
        self._cells = spec.cells
        self.open_ended = seal is None
        """Without a seal a message that ends after any of its TLVs is a message."""
        self._type_slot = slice(self._type.at, self._type.at + self._type.size)
        self._lowered = {type: _Lowered(spec, type, self._seal_size, name) for type in spec.messages}
        self._by_code = {bytes.fromhex(type[2:]): lowered for type, lowered in self._lowered.items()}

    @property
    def types(self) -> Collection[str]:
        return self._spec.messages.keys()

    def paths(self, type: str) -> Collection[Path]:
        head = [(field.name,) for field in self._spec.head if field.kind != "version"]
        return [*head, *self._level(type).paths()]

    def facts(self, type: str) -> Sequence[FieldFacts]:
        return [*self._spec.head_facts(), *self._level(type).facts()]

    def _level(self, type: str) -> Level:
        return self._spec.messages.get(type, self._spec.every)

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        head = {f.name: body[f.at : f.at + f.size].ljust(f.size, b"\0") for f in self._spec.head}
        return self._type_of(body), head

    def _type_of(self, body: bytes) -> str:
        code = body[self._type.at : self._type.at + self._type.size]
        return f"0x{code.hex().upper()}" if len(code) == self._type.size else ""

    # Reading

    def source(self, type: str) -> str:
        """The Python that was generated for a message type, to read."""
        lowered = self._lowered[type]
        return f"{lowered.reading.source}\n\n{lowered.writing.source}"

    def parse(self, body: bytes) -> tuple[str, Fields]:
        """By generated code; where that fails, once more with care."""
        try:
            lowered = self._by_code[body[self._type_slot]]
            at = len(body) - self._seal_size
            if self._seal is None or (at > 0 and self._seal.holds(body[:at], body[at:])):
                return lowered.type, lowered.parse(body)
        except _FAILED:
            pass
        return self.parse_carefully(body)

    def parse_carefully(self, body: bytes) -> tuple[str, Fields]:
        """The same, slowly, noting every fault."""
        type = self._type_of(body)
        self._check_whole(type, body)
        fields = self._head_fields(body)
        self._check_head(type, fields, body)
        faults: list[Fault] = []
        self._read(
            body, self._spec.head_size, len(body) - self._seal_size, self._level(type), "", fields, faults
        )
        if faults:
            raise FormatError(self.name, FaultKind.CONTENT, faults, type, fields)
        return type, fields

    def _check_whole(self, type: str, body: bytes) -> None:
        for f in self._spec.head:
            if len(body) < f.at + f.size:
                raise self._fault(FaultKind.CONTENT, type, Place(f.name, f.at, f.size), "ends early", {})
        if self._seal is None:
            return
        at = len(body) - self._seal_size
        if at < self._spec.head_size:
            place = Place("MAC", self._spec.head_size, self._seal_size)
            raise self._fault(FaultKind.CONTENT, type, place, "ends early", self._head_fields(body))
        if not self._seal.holds(body[:at], body[at:]):
            place = Place("MAC", at, self._seal_size)
            raise self._fault(FaultKind.SEAL, type, place, "wrong", self._head_fields(body))

    def _fault(
        self, kind: FaultKind, type: str, place: Place, rule: str, fields: Mapping[str, Any]
    ) -> FormatError:
        return FormatError(self.name, kind, [Fault(place, rule)], type, fields)

    def _head_fields(self, body: bytes) -> Fields:
        fields: Fields = {}
        for f in self._spec.head:
            data = body[f.at : f.at + f.size]
            if f.kind == "type":
                fields[f.name] = self._type_of(body)
            elif f.kind == "flags":
                fields[f.name] = int.from_bytes(data)
            elif f.kind == "hex":
                fields[f.name] = data.hex()
        return fields

    def _check_head(self, type: str, fields: Fields, body: bytes) -> None:
        for f in self._spec.head:
            wrong = self._head_fault(f, type, body)
            if wrong:
                kind = FaultKind.VERSION if f.kind == "version" else FaultKind.TYPE
                raise self._fault(kind, type, Place(f.name, f.at, f.size), wrong, fields)

    def _head_fault(self, f: HeadField, type: str, body: bytes) -> str:
        """The rule that a head field breaks; "" for none."""
        if f.kind == "type":
            return "" if type in self._spec.messages else "unknown type"
        if f.kind == "hex":
            return ""
        number = int.from_bytes(body[f.at : f.at + f.size])
        known = number == self._spec.version if f.kind == "version" else not number & ~self._spec.flags
        return "" if known else f"unknown {f.kind}"

    def _read(
        self, body: bytes, at: int, end: int, level: Level, above: str, out: Fields, faults: list[Fault]
    ) -> None:
        seen: set[int] = set()
        while at < end:
            try:
                number, length, start = self._cell(body, at, end)
            except Refused as refused:
                faults.append(Fault(Place(f"{above}tlv", at, end - at), refused.rule))
                return
            at = start
            if at + length > end:
                faults.append(Fault(Place(above + self._label(number), at, length), "ends early"))
                return
            tag = level.by_tag.get(number)
            if tag is None:
                out.setdefault(UNKNOWN, []).append(
                    [self._label(number).lower(), body[at : at + length].hex()]
                )
            elif tag.members is not None:
                entries = out.setdefault(tag.name, [])
                entries.append({})
                place = f"{above}{tag.label}[{len(entries)}]."
                self._read(body, at, at + length, tag.members, place, entries[-1], faults)
            elif number in seen:
                faults.append(Fault(Place(above + tag.label, at, length), "given twice"))
            else:
                seen.add(number)
                try:
                    out[tag.name] = _value(tag.scalar, body[at : at + length])
                except Refused as refused:
                    faults.append(Fault(Place(above + tag.label, at, length), refused.rule))
            at += length

    def _cell(self, body: bytes, at: int, end: int) -> tuple[int, int, int]:
        if end - at < self._cells.least:
            raise Refused("ends early")
        return self._cells.read(body, at)

    def _label(self, number: int) -> str:
        return self._cells.label(number)

    # Writing

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """A type that is not declared may have any tag: so one that nobody knows can be answered."""
        lowered = self._lowered.get(type)
        try:
            body = lowered.build(fields) if lowered is not None else self.build_carefully(type, fields)
        except _FAILED:
            body = self.build_carefully(type, fields)
        return body + self._seal.over(body) if self._seal is not None else body

    def build_carefully(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """The message without its seal, slowly, noting every fault."""
        writer = TlvWriter(self._spec)
        writer.head(type, fields)
        writer.level({n: v for n, v in fields.items() if n not in self._in_head}, self._level(type), "")
        if writer.faults:
            raise FormatError(self.name, FaultKind.CONTENT, writer.faults, type)
        return b"".join(writer.parts)

    # Around a message

    def place(self, body: bytes, path: Path) -> Place:
        for f in self._spec.head:
            if path == (f.name,) and f.kind != "version":
                return Place(f.name, f.at, f.size)
        level: Level | None = self._level(self._type_of(body))
        start, end, missing, label = self._spec.head_size, len(body) - self._seal_size, len(body), ""
        steps = list(path)
        while steps and level is not None:
            tag = level.by_name.get(str(steps.pop(0)))
            if tag is None:
                break
            index = steps.pop(0) if steps and isinstance(steps[0], int) else None
            label += tag.label if index is None else f"{tag.label}[{int(index) + 1}]"
            found = [slot for number, slot in self._tlvs(body, start, end) if number == tag.tag]
            if int(index or 0) >= len(found):
                label += "".join(f".{self._inner(tag, step)}" for step in steps)
                return Place(label, missing, 0)
            slot = found[int(index or 0)]
            if not steps:
                return Place(label, slot.start, slot.stop - slot.start)
            level, start, end, missing, label = tag.members, slot.start, slot.stop, slot.stop, label + "."
        return Place(label.rstrip(".") or ".".join(map(str, path)), missing, 0)

    @staticmethod
    def _inner(tag: Tag, step: str | int) -> str:
        inner = tag.members.by_name.get(str(step)) if tag.members else None
        return inner.label if inner else str(step)

    def _tlvs(self, body: bytes, at: int, end: int) -> Iterator[tuple[int, slice]]:
        """As far as they can be found."""
        while at < end:
            try:
                number, length, at = self._cell(body, at, end)
            except Refused:
                return
            if at + length > end:
                return
            yield number, slice(at, at + length)
            at += length

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        end = max(len(body) - self._seal_size, min(len(body), self._spec.head_size))
        tags = self._level(self._type_of(body)).by_name
        hidden = {tags[name].tag for name in without if name in tags}
        out = bytearray(body)
        for f in self._spec.head:
            if f.name in without:
                slot = slice(f.at, f.at + f.size)
                out[slot] = bytes(len(out[slot]))
        for at, to in self._cells.places(body, self._spec.head_size, end, hidden):
            out[at:to] = bytes(to - at)
        out[end:] = bytes(len(body) - end)
        return bytes(out)

    def fit(self, type: str, path: Path, text: str) -> str:
        level: Level | None = self._level(type)
        tag: Tag | None = None
        for step in path:
            if isinstance(step, str):
                tag = level.by_name.get(step) if level is not None else None
                level = tag.members if tag is not None else None
        fit = text_of(tag.scalar) if tag is not None and tag.scalar is not None else None
        return text if fit is None else fit(text)


def _value(scalar: Scalar | None, data: bytes) -> Any:
    assert scalar is not None
    if scalar.size and len(data) != scalar.size:
        raise Refused(f"length not {scalar.size}")
    return scalar.read(data)
