"""Messages of tags: a fixed head, TLVs in any order (some of them groups), a seal at the end (ebank.md).

A tag with the group bit holds TLVs. A single tag given twice, a wrong length and lengths that do not fill
their group are faults; tags that the message type does not have are kept as they are, under "unknown". Faults
are looked for in the order seal, version, type and flags, content; before the seal holds nothing is believed.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.codec import Fields, Path
from formats.errors import Fault, FaultKind, FormatError, Place, Refused
from formats.scalars import Date, FreeText, Scalar, text_of
from formats.seals import Seal

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HeadField:
    name: str
    at: int
    size: int
    kind: str
    """"version", "type", "flags" or "hex"."""


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    tag: int
    scalar: Scalar | None
    """None for a group."""
    members: "Level | None" = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """The tags that may stand beside each other, in the order in which they are written."""

    tags: tuple[Tag, ...]
    by_tag: Mapping[int, Tag] = field(init=False)
    by_name: Mapping[str, Tag] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_tag", {tag.tag: tag for tag in self.tags})
        object.__setattr__(self, "by_name", {tag.name: tag for tag in self.tags})

    def paths(self) -> Iterator[Path]:
        for tag in self.tags:
            yield (tag.name,)
            for path in tag.members.paths() if tag.members else ():
                yield (tag.name, *path)


@dataclass(frozen=True, slots=True)
class Spec:
    head: tuple[HeadField, ...]
    version: int
    flags: int
    tag_bytes: int
    length_bytes: int
    messages: Mapping[str, Level]
    every: Level
    """All tags: for a type that has no layout."""

    @property
    def head_size(self) -> int:
        return self.head[-1].at + self.head[-1].size

    def head_field(self, kind: str) -> HeadField:
        return next(field for field in self.head if field.kind == kind)


class TlvCodec:
    """A `formats.codec.Codec`."""

    def __init__(self, name: str, spec: Spec, seal: Seal | None) -> None:
        self.name = name
        self._spec, self._seal = spec, seal
        self._seal_size = seal.size if seal is not None else 0
        self._type, self._version = spec.head_field("type"), spec.head_field("version")
        self._in_head = frozenset(f.name for f in spec.head if f.kind != "version")
        codes = {1: "B", 2: "H", 4: "I"}
        self._cell = struct.Struct(f">{codes[spec.tag_bytes]}{codes[spec.length_bytes]}")

    @property
    def types(self) -> Collection[str]:
        return self._spec.messages.keys()

    def paths(self, type: str) -> Collection[Path]:
        head = [(field.name,) for field in self._spec.head if field.kind != "version"]
        return [*head, *self._level(type).paths()]

    def _level(self, type: str) -> Level:
        return self._spec.messages.get(type, self._spec.every)

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        head = {f.name: body[f.at : f.at + f.size].ljust(f.size, b"\0") for f in self._spec.head}
        return self._type_of(body), head

    def _type_of(self, body: bytes) -> str:
        code = body[self._type.at : self._type.at + self._type.size]
        return f"0x{code.hex().upper()}" if len(code) == self._type.size else ""

    # Reading

    def parse(self, body: bytes) -> tuple[str, Fields]:
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
        head = self._cell.size
        while at < end:
            if end - at < head:
                faults.append(Fault(Place(f"{above}tlv", at, end - at), "ends early"))
                return
            number, length = self._cell.unpack_from(body, at)
            at += head
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

    def _label(self, number: int) -> str:
        return f"{number:0{2 * self._spec.tag_bytes}X}"

    # Writing

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """A type that is not declared may have any tag: so one that nobody knows can be answered."""
        writer = _Writer(self._spec, self._cell)
        writer.head(type, fields)
        writer.level({n: v for n, v in fields.items() if n not in self._in_head}, self._level(type), "")
        if writer.faults:
            raise FormatError(self.name, FaultKind.CONTENT, writer.faults, type)
        body = b"".join(writer.parts)
        return body + self._seal.over(body) if self._seal is not None else body

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
        while end - at >= self._cell.size:
            number, length = self._cell.unpack_from(body, at)
            at += self._cell.size
            if at + length > end:
                return
            yield number, slice(at, at + length)
            at += length

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        end = max(len(body) - self._seal_size, min(len(body), self._spec.head_size))
        level = self._level(self._type_of(body))
        hidden = {level.by_name[name].tag for name in without if name in level.by_name}
        slots = [slice(f.at, f.at + f.size) for f in self._spec.head if f.name in without]
        slots += [slot for number, slot in self._tlvs(body, self._spec.head_size, end) if number in hidden]
        out = bytearray(body)
        for slot in (*slots, slice(end, len(body))):
            out[slot] = bytes(len(out[slot]))
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


class _Writer:
    """The parts of one message under way, and what could not be written."""

    def __init__(self, spec: Spec, cell: struct.Struct) -> None:
        self.parts: list[bytes] = []
        self.faults: list[Fault] = []
        self._spec, self._cell = spec, cell
        self._at = 0

    def _add(self, data: bytes) -> None:
        self.parts.append(data)
        self._at += len(data)

    def _note(self, label: str, rule: str) -> None:
        self.faults.append(Fault(Place(label, self._at, 0), rule))

    def head(self, type: str, fields: Mapping[str, Any]) -> None:
        for f in self._spec.head:
            try:
                self._add(self._head_bytes(f, type, fields))
            except Refused as refused:
                self._note(f.name, refused.rule)
                self._add(bytes(f.size))

    def _head_bytes(self, f: HeadField, type: str, fields: Mapping[str, Any]) -> bytes:
        if f.kind == "version":
            return self._spec.version.to_bytes(f.size)
        value = type if f.kind == "type" else fields.get(f.name)
        if f.kind == "hex":
            return _hex_bytes(value, f.size)
        if f.kind == "type":
            return _type_bytes(value, f.size)
        flags = value or 0
        if not isinstance(flags, int) or flags < 0 or flags & ~self._spec.flags:
            raise Refused("unknown flags")
        return flags.to_bytes(f.size)

    def level(self, fields: Mapping[str, Any], level: Level, above: str) -> None:
        for name in fields:
            if name not in level.by_name and name != UNKNOWN:
                self._note(above + name, "no such field")
        for tag in level.tags:
            value = fields.get(tag.name)
            if tag.members is not None:
                self._group(tag, tag.members, value, above)
            elif tag.scalar is not None and not _left_out(tag.scalar, value):
                self._single(tag, tag.scalar, value, above)
        for entry in fields.get(UNKNOWN) or ():
            self._unknown(entry, above)

    def _single(self, tag: Tag, scalar: Scalar, value: Any, above: str) -> None:
        try:
            self._cell_of(tag.tag, scalar.write(value))
        except Refused as refused:
            self._note(above + tag.label, refused.rule)

    def _group(self, tag: Tag, members: Level, entries: Any, above: str) -> None:
        if entries is not None and not isinstance(entries, list | tuple):
            return self._note(above + tag.label, "not a list")
        for i, entry in enumerate(entries or ()):
            inner = _Writer(self._spec, self._cell)
            inner._at = self._at + self._cell.size
            label = f"{above}{tag.label}[{i + 1}]"
            if not isinstance(entry, Mapping):
                self._note(label, "not a group")
                continue
            inner.level(entry, members, f"{label}.")
            self.faults += inner.faults
            try:
                self._cell_of(tag.tag, b"".join(inner.parts))
            except Refused as refused:
                self._note(label, refused.rule)
        return None

    def _unknown(self, entry: Any, above: str) -> None:
        try:
            tag, value = (bytes.fromhex(part) for part in entry)
            if len(tag) != self._spec.tag_bytes:
                raise ValueError
            self._cell_of(int.from_bytes(tag), value)
        except (Refused, TypeError, ValueError):
            self._note(f"{above}{UNKNOWN}", "not [tag, value] in hex")

    def _cell_of(self, tag: int, data: bytes) -> None:
        if len(data) >> 8 * self._spec.length_bytes:
            raise Refused("over its length field")
        self._add(self._cell.pack(tag, len(data)) + data)


def _left_out(scalar: Scalar, value: Any) -> bool:
    """ "" is a value of its own only where a text may be empty or a date not known."""
    if value == "":
        return not (isinstance(scalar, Date) or (isinstance(scalar, FreeText) and scalar.may_be_empty))
    return value is None


def _type_bytes(value: Any, size: int) -> bytes:
    try:
        data = bytes.fromhex(value.removeprefix("0x"))
    except (AttributeError, ValueError):
        data = b""
    if len(data) != size or value != f"0x{data.hex().upper()}":
        raise Refused("unknown type")
    return data


def _hex_bytes(value: Any, size: int) -> bytes:
    if isinstance(value, bytes):
        data = value.ljust(size, b"\0")
    else:
        try:
            data = bytes.fromhex(value) if value else bytes(size)
        except (TypeError, ValueError):
            raise Refused("not hex") from None
    if len(data) != size:
        raise Refused(f"length not {size}")
    return data
