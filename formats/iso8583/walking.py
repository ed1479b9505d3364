"""A message taken apart the careful way: every element's place, every fault; and put together again.

This is the interpreter of the family. What is generated (`lowering`) must give the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from formats.codec import UNKNOWN, Fields
from formats.errors import Fault, Place, Refused
from formats.iso8583.composed import read_member, write_member
from formats.iso8583.spec import TERTIARY, Content, Element, Message, Note, Spec, bit, is_composed
from formats.iso8583.values import Packed, Rows, Value

MTI = "MTI"


@dataclass(slots=True)
class Walk:
    """Where the elements of a message stand, as far as they can be found."""

    bits: int = 0
    begin: int = 0
    slots: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Number → (begin, end, count)."""
    end: int = 0
    """Behind the last one found."""
    fault: Fault | None = None
    """What stopped it."""


def numbers(bits: int, *, tertiary: bool) -> Iterator[int]:
    """The elements of a bitmap in their order, without what only says that another bitmap follows."""
    while bits:
        number = TERTIARY + 1 - bits.bit_length()
        bits ^= bit(number)
        if number != 1 and not (number == 65 and tertiary):
            yield number


def walk(spec: Spec, body: bytes) -> Walk:
    found = Walk()
    try:
        found.bits, found.begin = spec.bits_of(body)
    except Refused as refused:
        at = min(spec.mti_size, len(body))
        found.fault = Fault(Place("bitmap", at, len(body) - at), refused.rule)
        return found
    found.end = found.begin
    for number in numbers(found.bits, tertiary=spec.tertiary):
        found.fault = _step(spec, body, number, found)
        if found.fault is not None:
            break
    return found


def _step(spec: Spec, body: bytes, number: int, found: Walk) -> Fault | None:
    at, label = found.end, f"DE{number}"
    element = spec.elements.get(number)
    if element is None:
        return Fault(Place(label, at, 0), "not an element here")
    try:
        begin, end, count = element.extent(body, at)
    except Refused as refused:
        return Fault(Place(label, at, len(body) - at), refused.rule)
    if end > len(body):
        return Fault(Place(label, min(begin, len(body)), max(0, len(body) - begin)), "ends early")
    found.slots[number], found.end = (begin, end, count), end
    return None


def read_message(spec: Spec, message: Message, body: bytes) -> tuple[Fields, list[Fault]]:
    """What could be read, and every fault, the first one first."""
    found, faults = walk(spec, body), []
    fields: Fields = {MTI: message.type}
    for number, slot in found.slots.items():
        element = message.elements.get(number)
        if element is None:
            faults.append(Fault(Place(f"DE{number}", slot[0], slot[1] - slot[0]), f"not in {message.type}"))
        elif number != spec.seal:
            read_element(element, body, slot, fields, faults)
    join(message.joined, fields)
    if found.fault is not None:
        faults.append(found.fault)
    elif found.end < len(body):
        faults.append(Fault(Place("message", found.end, len(body) - found.end), "bytes follow"))
    return fields, faults


def read_element(
    element: Element, body: bytes, slot: tuple[int, int, int], out: Fields, faults: list[Fault]
) -> None:
    begin, end, count = slot
    content = element.content
    if isinstance(content, Packed) and element.prefix is not None:
        try:
            out[element.name] = content.read_digits(body[begin:end], count)
        except Refused as refused:
            faults.append(Fault(Place(element.name, begin, end - begin), refused.rule))
        return
    read_member(content, body, begin, end, element.name, out, faults)
    if element.values and out.get(element.name, element.values[0]) not in element.values:
        del out[element.name]
        faults.append(Fault(Place(element.name, begin, end - begin), rule_of(element)))


def rule_of(element: Element) -> str:
    return f"not {' or '.join(element.values)}"


Joined: TypeAlias = Mapping[str, tuple[Element, ...]]


def join(joined: Joined, out: Fields) -> None:
    """Elements that are one value in a row, where all of them are there and none is blank."""
    for name, row in joined.items():
        if all(out.get(element.name) for element in row):
            out[name] = "".join(out[element.name].ljust(size_of(element)) for element in row)


def spread(joined: Joined, whole: Joined, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The other way: elements that are not given are taken from the value they are part of. That may have
    parts that this type lacks. Refused where it is of another length."""
    parts: dict[str, Any] = {}
    for name, row in joined.items():
        value = fields.get(name)
        if not value:
            continue
        at = 0
        for element in row if len(value) == sum(map(size_of, row)) else whole[name]:
            parts[element.name], at = value[at : at + size_of(element)], at + size_of(element)
        if len(value) != at:
            raise Refused(f"length not {at}")
    own = {element.name for row in joined.values() for element in row}
    return {**{name: part for name, part in parts.items() if name in own}, **fields} if parts else fields


def size_of(element: Element) -> int:
    return cast(Value, element.content).size


def head_bytes(spec: Spec, body: bytes) -> dict[str, bytes]:
    """Every declared element that is one value, as received; digits that are none, and what is missing, are
    blank. For the answer to a message that cannot be read."""
    found = walk(spec, body)
    head = {}
    for number, element in spec.declared.items():
        if is_composed(element.content) or number == spec.seal:
            continue
        content = cast(Value, element.content)
        slot = found.slots.get(number)
        data = body[slot[0] : slot[1]] if slot is not None else b""
        if content.kind == "digits" and data and not _are_digits(content, data):
            data = b""
        head[element.name] = data or b" " * content.size
    for name, row in spec.joined.items():
        head[name] = b"".join(head[element.name] for element in row)
    return head


def _are_digits(content: Value, data: bytes) -> bool:
    if isinstance(content, Packed):
        return data.hex().isdecimal()
    try:
        text: str = content.charset.decode(data)  # type: ignore[attr-defined]
    except Refused:
        return False
    return text.isascii() and text.isdecimal()


class Writer:
    """One message on its way to bytes; every field that cannot be written is noted, none stops the others."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self.faults: list[Fault] = []
        self._at = 0

    def _note(self, label: str, rule: str) -> None:
        self.faults.append(Fault(Place(label, self._at, 0), rule))

    def write(
        self, type: str, elements: Mapping[int, Element], joined: Joined, fields: Mapping[str, Any]
    ) -> bytes:
        """Without its seal, whose bit is set."""
        spec, bits, parts = self._spec, 0, []
        try:
            fields = spread(joined, spec.joined, fields)
        except Refused as refused:
            self._note(next(iter(joined)), refused.rule)
        fields = {name: value for name, value in fields.items() if name not in joined}
        try:
            head = spec.type_bytes(type)
        except Refused as refused:
            head = b""
            self._note(MTI, refused.rule)
        self._check_names(elements, fields)
        for number, element in sorted(elements.items()):
            if number == spec.seal:
                bits |= bit(number)
                continue
            data = self._element(element, fields)
            if data is not None:
                bits |= bit(number)
                parts.append(data)
                self._at += len(data)
        return head + spec.bitmaps(bits) + b"".join(parts)

    def _check_names(self, elements: Mapping[int, Element], fields: Mapping[str, Any]) -> None:
        known = {name for element in elements.values() for name in leaves(element.content, element.name)}
        for name in fields:
            if name not in known and name not in (UNKNOWN, MTI):
                self._note(name, "no such field")
        above = {name.rpartition(".")[0] for name in known}
        for entry in fields.get(UNKNOWN) or ():
            if not _is_unknown(entry) or entry[0].rpartition(".")[0] not in above:
                self._note(UNKNOWN, "not [label, value] in hex")

    def _element(self, element: Element, fields: Mapping[str, Any]) -> bytes | None:
        known = len(self.faults)
        fields = completed(element, fields, self._note)
        data = write_member(element.content, fields, element.name, self._note)
        if data is None or element.prefix is None or len(self.faults) > known:
            return data
        try:
            count = count_of(element, data, fields)
            if count > element.most:
                raise Refused(f"over {element.most}")
            return element.prefix.write(count) + data
        except Refused as refused:
            self._note(element.name, refused.rule)
            return b""


def completed(element: Element, fields: Mapping[str, Any], note: Note) -> Mapping[str, Any]:
    """With the value that the element has of itself; a blank one is absent."""
    if is_composed(element.content) or element.content.kind == "list":
        return fields
    value = fields.get(element.name)
    if value is None or value == "":
        return {**fields, element.name: element.default}
    if element.values and value not in element.values and not isinstance(value, bytes):
        note(element.name, rule_of(element))
    return fields


def count_of(element: Element, data: bytes, fields: Mapping[str, Any]) -> int:
    """What the prefix says: bytes, or packed digits."""
    value = fields.get(element.name)
    odd = element.unit == 2 and not isinstance(value, bytes) and len(str(value)) % 2
    return len(data) * element.unit - odd


def _is_unknown(entry: Any) -> bool:
    try:
        tag, value = entry
        return isinstance(tag, str) and bytes.fromhex(value) is not None
    except (TypeError, ValueError):
        return False


def leaves(content: Content, label: str) -> Iterator[str]:
    """The fields of it."""
    if not is_composed(content):
        yield label
        return
    for name, inner in content.members():  # type: ignore[union-attr]
        yield from leaves(inner, f"{label}.{name}")


def find(spec: Spec, body: bytes, path: tuple[str | int, ...]) -> Place:
    """Where a field stands; a missing one at the end of the element it belongs to, or of the message."""
    label = str(path[0])
    if label in spec.joined:
        row, there = spec.joined[label], walk(spec, body).slots
        label = next((element.name for element in row if element.number in there), row[0].name)
        path = (label,)
    if label == MTI:
        return Place(MTI, 0, min(spec.mti_size, len(body)))
    name, *inner = label.split(".")
    element = next((e for e in spec.declared.values() if e.name == name), None)
    slot = walk(spec, body).slots.get(element.number) if element is not None else None
    if element is None or slot is None:
        return Place(_label(path), len(body), 0)
    begin, end, content = slot[0], slot[1], cast("Content | None", element.content)
    for step in inner:
        found = (
            {n: (b, e) for n, b, e in content.slots(body, begin, end)}  # type: ignore[union-attr]
            if content is not None and is_composed(content)
            else {}
        )
        if step not in found:
            return Place(_label(path), end, 0)
        content = dict(content.members()).get(step)  # type: ignore[union-attr]
        begin, end = found[step]
    if len(path) == 3 and isinstance(content, Rows):
        part = content.slot(body[begin:end], int(path[1]), str(path[2]))
        return Place(_label(path), begin + part[0], part[1]) if part else Place(_label(path), end, 0)
    return Place(_label(path), begin, end - begin)


def _label(path: tuple[str | int, ...]) -> str:
    label = str(path[0])
    for step in path[1:]:
        label += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return label
