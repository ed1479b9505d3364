"""Contents that have members: tags with lengths, BER tags (EMV book 3, annex B), parts in a fixed order.

The careful way, member by member, with every fault at its place; the fast way is generated (`lowering`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from formats.codec import UNKNOWN, Fields
from formats.errors import Fault, Place, Refused
from formats.iso8583.spec import Composed, Content, Note, Prefix, is_composed
from formats.iso8583.values import Value

DEEPEST = 8
"""BER groups inside each other: more is refused, however small."""


def read_member(
    content: Content, body: bytes, at: int, end: int, label: str, out: Fields, faults: list[Fault]
) -> None:
    if is_composed(content):
        cast(Composed, content).read(body, at, end, label, out, faults)
        return
    try:
        out[label] = cast(Value, content).read(body[at:end])
    except Refused as refused:
        faults.append(Fault(Place(label, at, end - at), refused.rule))


def write_member(content: Content, fields: Mapping[str, Any], label: str, note: Note) -> bytes | None:
    """None where `fields` says nothing of it."""
    if is_composed(content):
        return cast(Composed, content).write(fields, label, note) or None
    value = fields.get(label)
    if value is None:
        return None
    try:
        return cast(Value, content).write(value)
    except Refused as refused:
        note(label, refused.rule)
        return b""


def unknown_of(fields: Mapping[str, Any], label: str) -> Iterator[tuple[str, bytes]]:
    """Tags that are not declared, as they were read: `[label, value]`, the value in hex."""
    for entry in fields.get(UNKNOWN) or ():
        above, _, tag = str(entry[0]).rpartition(".")
        if above == label:
            yield tag, bytes.fromhex(entry[1])


class Tags:
    """Tag and length of so many characters each, then the value; in any order, each tag once."""

    kind = "tags"

    def __init__(
        self, tag_size: int, length: Prefix, members: Mapping[str, Content], most: int, charset: str = "ascii"
    ) -> None:
        self.tag_size, self.length, self.most, self.charset = tag_size, length, most, charset
        self.by_tag = dict(members)

    def members(self) -> Iterator[tuple[str, Content]]:
        yield from self.by_tag.items()

    def read(self, body: bytes, at: int, end: int, label: str, out: Fields, faults: list[Fault]) -> None:
        seen: set[str] = set()
        while at < end:
            try:
                tag, begin, stop = self._next(body, at, end)
            except Refused as refused:
                faults.append(Fault(Place(label, at, end - at), refused.rule))
                return
            member = self.by_tag.get(tag)
            if stop > end:
                faults.append(Fault(Place(f"{label}.{tag}", begin, end - begin), "ends early"))
                return
            if tag in seen:
                faults.append(Fault(Place(f"{label}.{tag}", begin, stop - begin), "given twice"))
            elif member is None:
                out.setdefault(UNKNOWN, []).append([f"{label}.{tag}", body[begin:stop].hex()])
            else:
                read_member(member, body, begin, stop, f"{label}.{tag}", out, faults)
            seen.add(tag)
            at = stop

    def _next(self, body: bytes, at: int, end: int) -> tuple[str, int, int]:
        begin = at + self.tag_size + self.length.size
        if begin > end:
            raise Refused("ends early")
        tag = body[at : at + self.tag_size].decode(self.charset, "replace")
        if not (tag.isascii() and tag.isalnum()):
            raise Refused("not a tag")
        return tag, begin, begin + self.length.read(body[at + self.tag_size : begin])

    def write(self, fields: Mapping[str, Any], label: str, note: Note) -> bytes:
        out = b""
        for tag, member in self.by_tag.items():
            data = write_member(member, fields, f"{label}.{tag}", note)
            if data is not None:
                out += self._cell(tag, data, f"{label}.{tag}", note)
        for tag, data in unknown_of(fields, label):
            out += self._cell(tag, data, f"{label}.{tag}", note)
        return out

    def _cell(self, tag: str, data: bytes, label: str, note: Note) -> bytes:
        try:
            if len(tag) != self.tag_size or not (tag.isascii() and tag.isalnum()):
                raise Refused("not a tag")
            return tag.encode(self.charset) + self.length.write(len(data)) + data
        except Refused as refused:
            note(label, refused.rule)
            return b""

    def slots(self, body: bytes, at: int, end: int) -> Iterator[tuple[str, int, int]]:
        while at < end:
            try:
                tag, begin, stop = self._next(body, at, end)
            except Refused:
                return
            if stop > end:
                return
            yield tag, begin, stop
            at = stop


class Ber:
    """Basic encoding: tags of one to three bytes, definite lengths of up to two; groups hold tags."""

    kind = "ber"

    def __init__(self, members: Mapping[str, Content], most: int) -> None:
        self.by_tag, self.most = dict(members), most

    def members(self) -> Iterator[tuple[str, Content]]:
        yield from self.by_tag.items()

    def read(self, body: bytes, at: int, end: int, label: str, out: Fields, faults: list[Fault]) -> None:
        seen: set[str] = set()
        while at < end:
            try:
                tag, begin, stop = ber_next(body, at, end)
            except Refused as refused:
                faults.append(Fault(Place(label, at, end - at), refused.rule))
                return
            member = self.by_tag.get(tag)
            if tag in seen:
                faults.append(Fault(Place(f"{label}.{tag}", begin, stop - begin), "given twice"))
            elif member is None:
                out.setdefault(UNKNOWN, []).append([f"{label}.{tag}", body[begin:stop].hex()])
            else:
                read_member(member, body, begin, stop, f"{label}.{tag}", out, faults)
            seen.add(tag)
            at = stop

    def write(self, fields: Mapping[str, Any], label: str, note: Note) -> bytes:
        out = b""
        for tag, member in self.by_tag.items():
            data = write_member(member, fields, f"{label}.{tag}", note)
            if data is not None:
                out += ber_cell(tag, data)
        for tag, data in unknown_of(fields, label):
            if not ber_tag(tag):
                note(f"{label}.{tag}", "not a tag")
            out += ber_cell(tag, data) if ber_tag(tag) else b""
        return out

    def slots(self, body: bytes, at: int, end: int) -> Iterator[tuple[str, int, int]]:
        while at < end:
            try:
                tag, begin, at = ber_next(body, at, end)
            except Refused:
                return
            yield tag, begin, at


def ber_next(body: bytes, at: int, end: int) -> tuple[str, int, int]:
    """(tag in hex, begin, end of the value). Refused where it does not fit; nothing is taken before that."""
    stop = at + 1
    if body[at] & 0x1F == 0x1F:
        while stop < end and body[stop] & 0x80 and stop - at < 3:
            stop += 1
        stop += 1
    if stop >= end or stop - at > 3:
        raise Refused("not a tag" if stop - at > 3 else "ends early")
    tag, length = body[at:stop].hex().upper(), body[stop]
    stop += 1
    if length & 0x80:
        count = length & 0x7F
        if count not in (1, 2):
            raise Refused("length not definite" if not count else "length over 2 bytes")
        length, stop = int.from_bytes(body[stop : stop + count]), stop + count
    if stop + length > end:
        raise Refused("ends early")
    return tag, stop, stop + length


def ber_cell(tag: str, data: bytes) -> bytes:
    size = len(data)
    count = (size > 0x7F) + (size > 0xFF)
    return bytes.fromhex(tag) + (bytes([0x80 + count]) if count else b"") + size.to_bytes(count or 1) + data


def ber_tag(text: str) -> bool:
    """Whether this is one whole tag in capital hex."""
    try:
        return len(text) <= 6 and ber_next(bytes.fromhex(text) + b"\0", 0, len(text) // 2 + 1)[0] == text
    except (Refused, ValueError, IndexError):
        return False


class Parts:
    """Members in a fixed order, each of a fixed size; the last of them may take what is left, and those
    from `may_end` on may be missing."""

    kind = "parts"

    def __init__(self, parts: Mapping[str, Value], may_end: int | None = None) -> None:
        self.parts = dict(parts)
        self.may_end = len(self.parts) if may_end is None else may_end
        self.most = sum(part.most for part in self.parts.values())

    def members(self) -> Iterator[tuple[str, Content]]:
        yield from self.parts.items()

    def read(self, body: bytes, at: int, end: int, label: str, out: Fields, faults: list[Fault]) -> None:
        for turn, (name, part) in enumerate(self.parts.items()):
            if at == end and turn >= self.may_end:
                return
            stop = at + part.size if part.size else end
            if stop > end:
                faults.append(Fault(Place(f"{label}.{name}", at, end - at), "ends early"))
                return
            read_member(part, body, at, stop, f"{label}.{name}", out, faults)
            at = stop
        if at < end:
            faults.append(Fault(Place(label, at, end - at), "bytes follow"))

    def write(self, fields: Mapping[str, Any], label: str, note: Note) -> bytes:
        given = [turn for turn, name in enumerate(self.parts) if fields.get(f"{label}.{name}") is not None]
        last = max(self.may_end, given[-1] + 1) if given else 0
        out = b""
        for name, part in list(self.parts.items())[:last]:
            try:
                out += part.write(fields.get(f"{label}.{name}"))
            except Refused as refused:
                note(f"{label}.{name}", refused.rule)
        return out

    def slots(self, body: bytes, at: int, end: int) -> Iterator[tuple[str, int, int]]:
        for name, part in self.parts.items():
            stop = at + part.size if part.size else end
            if stop > end or at == end:
                return
            yield name, at, stop
            at = stop
