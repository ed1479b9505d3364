"""One TLV message on its way to bytes: every field that cannot be written is noted, none stops the others."""

from collections.abc import Mapping
from typing import Any

from formats.codec import UNKNOWN
from formats.errors import Fault, Place, Refused
from formats.scalars import Date, FreeText, Scalar
from formats.tlv_spec import HeadField, Level, Spec, Tag


class TlvWriter:
    """The parts of one message under way, and what could not be written."""

    def __init__(self, spec: Spec) -> None:
        self.parts: list[bytes] = []
        self.faults: list[Fault] = []
        self._spec = spec
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
        unknown = fields.get(UNKNOWN) or ()
        if not isinstance(unknown, list | tuple):
            return self._note(above + UNKNOWN, "not a list")
        for entry in unknown:
            self._unknown(entry, above)
        return None

    def _single(self, tag: Tag, scalar: Scalar, value: Any, above: str) -> None:
        try:
            self._cell_of(tag.tag, scalar.write(value))
        except Refused as refused:
            self._note(above + tag.label, refused.rule)

    def _group(self, tag: Tag, members: Level, entries: Any, above: str) -> None:
        if entries is not None and not isinstance(entries, list | tuple):
            return self._note(above + tag.label, "not a list")
        for i, entry in enumerate(entries or ()):
            inner = TlvWriter(self._spec)
            inner._at = self._at + self._spec.cells.least
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
            number = int.from_bytes(tag)
            if self._spec.cells.label(number) != tag.hex().upper() or not self._spec.cells.is_tag(number):
                raise ValueError
            self._cell_of(number, value)
        except (Refused, TypeError, ValueError):
            self._note(f"{above}{UNKNOWN}", "not [tag, value] in hex")

    def _cell_of(self, tag: int, data: bytes) -> None:
        self._add(self._spec.cells.write(tag, len(data)) + data)


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
