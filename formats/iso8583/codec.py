"""Messages of ISO 8583: type, bitmaps, the elements they announce, and where there is one, the MAC behind.

Strict both ways. Faults are looked for in the order MAC, version, type, content: before the MAC holds nothing
is believed. A missing element is no fault here: whether a message may lack it is said where it is understood.

| field | is |
|---|---|
| `MTI` | the message type; not given to `build` |
| `DE7` | an element of one value |
| `DE48.02`, `DE55.9F26`, `DE60.01.3` | a member of a composed one |
| a name of `[joined]` | elements in a row, such as a message id; to `build` either it or they are given |
| `unknown` | tags that are not declared: `[label, value in hex]`; written behind the others |

The fast way is generated when the declaration is loaded (`lowering`); where it refuses, the message is read
again the careful way (`walking`), which names every fault.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, cast

from formats.codec import FieldFacts, Fields, Path
from formats.errors import Fault, FaultKind, FormatError, Place, Refused
from formats.iso8583.checking import Checker
from formats.iso8583.file import Iso8583File
from formats.iso8583.lowering.message import lowered
from formats.iso8583.spec import Content, Element, Spec, bit, is_composed
from formats.iso8583.values import Rows, Value
from formats.iso8583.walking import MTI, Writer, find, head_bytes, join, read_message, size_of, walk
from formats.seals import Seal
from formats.toml_file import faults, read_text, read_toml


def load_iso8583(path: FilePath, system: str, seal: Seal | None) -> "Iso8583Codec":
    """Raises an ExceptionGroup of all faults."""
    checker = Checker(read_toml(path, Iso8583File), path, read_text(path))
    spec = checker.spec()
    held = spec.declared.get(spec.seal)
    if not checker.errors and (held.content.most if held else 0) != (seal.size if seal else 0):
        checker.note("the [seal] of the system and its element differ in size", "message", "seal")
    if checker.errors:
        raise faults(checker.errors)
    return Iso8583Codec(system, spec, seal)


class Iso8583Codec:
    """A `formats.codec.Codec`."""

    def __init__(self, name: str, spec: Spec, seal: Seal | None) -> None:
        self.name = name
        self._spec, self._seal = spec, seal
        self._seal_size = seal.size if seal is not None else 0
        self._fast = {type: lowered(spec, message) for type, message in spec.messages.items()}
        self._types = {spec.type_bytes(type): type for type in spec.messages}

    @property
    def types(self) -> Collection[str]:
        return self._spec.messages.keys()

    def paths(self, type: str) -> Collection[Path]:
        return [facts.path for facts in self.facts(type)]

    def facts(self, type: str) -> Sequence[FieldFacts]:
        message = self._spec.messages.get(type)
        elements = message.elements if message is not None else self._spec.declared
        found = [FieldFacts((MTI,), kind="type", label=MTI, offset=0, values=(type,))]
        joined = message.joined if message is not None else self._spec.joined
        for name, row in joined.items():
            size = sum(map(size_of, row))
            note = f"{', '.join(e.name for e in row)} in a row"
            found.append(FieldFacts((name,), kind="text", label=name, width=(size, size), note=note))
        for number, element in elements.items():
            if number != self._spec.seal:
                found += _facts(element.content, element.name, element.values)
        return found

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        type = self._spec.type_of(body)
        return type, {MTI: body[: self._spec.mti_size], **head_bytes(self._spec, body)}

    # Reading

    def parse(self, body: bytes) -> tuple[str, Fields]:
        if self._seal is None or self._seal.holds(body[: -self._seal_size], body[-self._seal_size :]):
            type = self._types.get(body[: self._spec.mti_size], "")
            if type:
                try:
                    return type, self._fast[type].parse(body)
                except Refused:
                    pass
        return self.parse_carefully(body)

    def parse_carefully(self, body: bytes) -> tuple[str, Fields]:
        """Without what was generated."""
        type = self._spec.type_of(body)
        kind, fault = self._first_fault(type, body)
        message = self._spec.messages.get(type)
        if fault is not None:
            raise FormatError(self.name, kind, [fault], type, self._fields_of(type, body))
        assert message is not None
        fields, found = read_message(self._spec, message, body)
        if found:
            raise FormatError(self.name, FaultKind.CONTENT, found, type, fields)
        return type, fields

    def _fields_of(self, type: str, body: bytes) -> Fields:
        """What can be read of a message that is not believed, or not known: its head."""
        message = self._spec.messages.get(type)
        fields: Fields = {MTI: type}
        for number, (begin, end, _) in walk(self._spec, body).slots.items():
            content = self._spec.declared[number].content if number in self._spec.declared else None
            if content is None or is_composed(content) or number == self._spec.seal:
                continue
            try:
                fields[f"DE{number}"] = cast(Value, content).read(body[begin:end])
            except Refused:
                continue
        join(message.joined if message is not None else self._spec.joined, fields)
        return fields

    def _first_fault(self, type: str, body: bytes) -> tuple[FaultKind, Fault | None]:
        spec = self._spec
        place = Place(MTI, 0, min(spec.mti_size, len(body)))
        if not type:
            rule = "ends early" if len(body) < spec.mti_size else "not digits"
            return FaultKind.CONTENT, Fault(place, rule)
        sealed = self._seal_fault(body)
        if sealed is not None:
            return sealed
        if type[0] != spec.version:
            return FaultKind.VERSION, Fault(place, "unknown version")
        if type not in spec.messages:
            return FaultKind.TYPE, Fault(place, "unknown type")
        return FaultKind.CONTENT, None

    def _seal_fault(self, body: bytes) -> tuple[FaultKind, Fault] | None:
        if self._seal is None:
            return None
        try:
            bits, begin = self._spec.bits_of(body)
        except Refused as refused:
            at = min(self._spec.mti_size, len(body))
            return FaultKind.CONTENT, Fault(Place("bitmap", at, len(body) - at), refused.rule)
        label = f"DE{self._spec.seal}"
        at = len(body) - self._seal_size
        if not bits & bit(self._spec.seal) or at < begin:
            return FaultKind.SEAL, Fault(Place(label, len(body), 0), "missing")
        if not self._seal.holds(body[:at], body[at:]):
            return FaultKind.SEAL, Fault(Place(label, at, self._seal_size), "wrong")
        return None

    # Writing

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """A type that is not declared may have any element: so one that nobody knows can be answered."""
        fast = self._fast.get(type)
        if fast is not None:
            try:
                body = fast.build(fields)
                return body + self._seal.over(body) if self._seal is not None else body
            except Refused:
                pass
        return self.build_carefully(type, fields)

    def build_carefully(self, type: str, fields: Mapping[str, Any]) -> bytes:
        message = self._spec.messages.get(type)
        writer = Writer(self._spec)
        elements = message.elements if message is not None else _undemanding(self._spec.declared)
        joined = message.joined if message is not None else self._spec.joined
        body = writer.write(type, elements, joined, fields)
        if writer.faults:
            raise FormatError(self.name, FaultKind.CONTENT, writer.faults, type)
        return body + self._seal.over(body) if self._seal is not None else body

    # Around a message

    def place(self, body: bytes, path: Path) -> Place:
        return find(self._spec, body, path)

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        """`MTI` stands for its last digit, which tells a repeat."""
        out = bytearray(body)
        if MTI in without and len(body) >= self._spec.mti_size:
            out[self._spec.mti_size - 1] &= 0xF0
        slots = walk(self._spec, body).slots if set(without) - {MTI} else {}
        for number, (begin, end, _) in slots.items():
            if f"DE{number}" in without:
                out[begin:end] = bytes(end - begin)
        if self._seal_size and len(body) >= self._spec.mti_size + self._seal_size:
            out[-self._seal_size :] = bytes(self._seal_size)
        return bytes(out)

    def fit(self, type: str, path: Path, text: str) -> str:
        names = [step for step in path if isinstance(step, str)]
        content = self._spec.content_of(names)
        if isinstance(content, Rows) and len(names) == 2:
            content = dict(content.parts).get(names[1])
        return text if content is None or is_composed(content) else cast(Value, content).fit(text)


def _undemanding(elements: Mapping[int, Element]) -> dict[int, Element]:
    """The elements without values of their own: nothing is written that nobody asked for."""
    return {number: Element(number, e.content, e.prefix, e.most, e.unit) for number, e in elements.items()}


def _facts(content: Content, label: str, values: tuple[str, ...] = ()) -> Iterator[FieldFacts]:
    if is_composed(content):
        for name, inner in content.members():  # type: ignore[union-attr]
            yield from _facts(inner, f"{label}.{name}")
        return
    value = cast(Value, content)
    width = (value.size or 0, value.most)
    kind = {"digits": "text"}.get(value.kind, value.kind)
    if isinstance(value, Rows):
        least = len(value.parts) - 1
        row = (least, least + sum(part.most for _, part in value.parts))
        yield FieldFacts((label,), kind="list", label=label, width=row, occurs=(0, value.entries))
        for name, part in value.parts:
            yield FieldFacts((label, name), kind="text", label=f"{label}.{name}", width=(0, part.most))
        return
    yield FieldFacts((label,), kind=kind, label=label, width=width, values=values)
