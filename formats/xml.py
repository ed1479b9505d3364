"""Messages of one XML vocabulary: an envelope whose head names the type, and fields at declared paths.

Reading and writing are in `xml_reading` and `xml_writing`, the declaration in `xml_file`. Element names are
taken as they are written: a name in a namespace is another name, hence ignored.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from lxml import etree

from formats.codec import FieldFacts, Fields, Path
from formats.errors import Fault, FaultKind, FormatError, Place, Refused
from formats.xml_lowered import Doubt, reader, writer
from formats.xml_places import Scan, Steps
from formats.xml_reading import (
    Unsafe,
    Walk,
    Wrong,
    always_in,
    check_bytes,
    first_text,
    label_of,
    steps_of,
    xml_parser,
)
from formats.xml_spec import Message, Spec
from formats.xml_values import XmlText
from formats.xml_writing import XmlWriter, names_in

LONGEST_TYPE = 40
"""Characters of an unknown type that are echoed."""


class XmlCodec:
    """A `formats.codec.Codec`."""

    def __init__(self, name: str, spec: Spec) -> None:
        self.name = name
        self._spec = spec
        self._parser = xml_parser()
        """Shared: lxml locks a parser while it is at work."""
        self._by_type: dict[str, list[Message]] = {}
        for message in spec.messages.values():
            self._by_type.setdefault(message.type, []).append(message)
        self._names = {
            message.name: names_in(message.root) | {spec.type_field}
            for message in (*spec.messages.values(), spec.every)
        }
        version = spec.version
        self._version = f' {version[0]}="{version[1]}"' if version is not None else ""
        tag = re.escape(spec.type_steps[-1].encode())
        self._type_text = re.compile(rb"<%s>([A-Za-z0-9_.-]{1,40})</%s>" % (tag, tag))
        """Only a guess: the element may stand elsewhere."""
        self._begins = (spec.root, *(version or ("", "")))
        self._plain = {m.type: m for m in spec.messages.values() if not m.marker}
        self._readers = {m.name: reader(m) for m in self._plain.values()}
        self._always = {m.name: tuple(always_in(m.root)) for m in self._plain.values()}
        self._writers = {m.name: writer(m, spec.type_field, self._version) for m in spec.messages.values()}
        self._bodies: dict[str, list[re.Pattern[bytes]]] = {}

    @property
    def types(self) -> Collection[str]:
        return self._spec.messages.keys()

    def paths(self, type: str) -> Collection[Path]:
        return self._message(type).leaves.keys()

    def facts(self, type: str) -> Sequence[FieldFacts]:
        return list(self._message(type).facts(self._spec.type_field))

    def _message(self, type: str) -> Message:
        return self._spec.messages.get(type, self._spec.every)

    @cached_property
    def _heads(self) -> Mapping[tuple[str, ...], str]:
        """Elements whose text is looked for in messages that cannot be read: the type, and the fields beside
        it."""
        beside = self._spec.type_steps[:-1]
        heads = {
            where.steps: str(path[0])
            for path, where in self._spec.every.where.items()
            if not where.attribute and where.repeated < 0 and where.steps[:-1] == beside
        }
        return heads | {self._spec.type_steps: self._spec.type_field}

    def peek(self, body: bytes) -> tuple[str, dict[str, bytes]]:
        texts = Scan(body, self._heads, places=False).texts
        found = {name: texts[steps] for steps, name in self._heads.items() if steps in texts}
        said = found.pop(self._spec.type_field, "")
        return self._type_of(said, found), {name: text.encode() for name, text in found.items()}

    def _type_of(self, said: str, found: Collection[str]) -> str:
        """The message type of a type text, given the fields that are there; the text itself if unknown."""
        plain = said[:LONGEST_TYPE]
        for message in self._by_type.get(said, ()):
            if not message.marker:
                plain = message.name
            elif message.marker in found:
                return message.name
        return plain

    # Reading

    def parse(self, body: bytes) -> tuple[str, Fields]:
        """Faults of bytes are told; what is only not plain goes the careful way."""
        root = self._root(body)
        tag, attribute, version = self._begins
        if root.tag == tag and (not attribute or root.get(attribute) == version):
            guess = self._type_text.search(body)
            message = self._plain.get(guess[1].decode()) if guess is not None else None
            fields = self._parse_plain(root, message) if message is not None else None
            if message is not None and fields is not None:
                return message.name, fields
        return self._parse_carefully(root, body)

    def _parse_plain(self, root: Any, message: Message) -> Fields | None:
        """None where it is not plain, or another type than was guessed."""
        fields: Fields = {}
        try:
            self._readers[message.name](root, fields)
        except (Doubt, Refused):
            return None
        if fields.get(self._spec.type_field) != message.type:
            return None
        for name in self._always[message.name]:
            fields.setdefault(name, "")
        return fields

    def parse_carefully(self, body: bytes) -> tuple[str, Fields]:
        """The same without the fast way."""
        return self._parse_carefully(self._root(body), body)

    def _root(self, body: bytes) -> Any:
        try:
            check_bytes(body, self._spec.limits)
            return etree.fromstring(body, self._parser)
        except Unsafe as unsafe:
            raise self._broken(body, Place(self._spec.root, unsafe.at, 0), unsafe.rule) from None
        except (etree.XMLSyntaxError, ValueError):
            at = Scan(body, places=False).broken_at or 0
            raise self._broken(body, Place(self._spec.root, at, 0), "not well-formed") from None

    def _parse_carefully(self, root: Any, body: bytes) -> tuple[str, Fields]:
        message = self._found(root, body)
        walk = Walk(self._spec.limits.depth)
        walk.take(root, message.root, walk.fields)
        for name in always_in(message.root):
            walk.fields.setdefault(name, "")
        walk.fields[self._spec.type_field] = message.type
        if walk.wrong:
            raise self._wrong(walk, message, body)
        return message.name, walk.fields

    def _found(self, root: Any, body: bytes) -> Message:
        spec = self._spec
        if root.tag != spec.root:
            raise self._broken(body, Place(spec.root, 0, 0), "another root element")
        if spec.version is not None and root.get(spec.version[0]) != spec.version[1]:
            place = Place(f"{spec.root}/{spec.version[0]}", max(body.find(b"<" + spec.root.encode()), 0), 0)
            raise self._broken(body, place, "unknown version", FaultKind.VERSION)
        said = first_text(root, spec.type_steps) or ""
        plain: Message | None = None
        for message in self._by_type.get(said, ()):
            if not message.marker:
                plain = message
            elif first_text(root, message.where[(message.marker,)].steps) is not None:
                return message
        if plain is None:
            raise self._broken(body, self.place(body, (spec.type_field,)), "unknown type", FaultKind.TYPE)
        return plain

    def _broken(
        self, body: bytes, place: Place, rule: str, kind: FaultKind = FaultKind.CONTENT
    ) -> FormatError:
        """Nothing of it is believed but its head, as far as that can be read."""
        type, head = self.peek(body)
        every = self._spec.every
        fields: Fields = {}
        for name, raw in head.items():
            leaf = every.leaves[(name,)]
            text = raw.decode()
            if text and leaf is not None:
                try:
                    fields[name] = leaf.value.read(text)
                except ValueError:
                    continue
        return FormatError(self.name, kind, [Fault(place, rule)], type, fields)

    def _wrong(self, walk: Walk, message: Message, body: bytes) -> FormatError:
        scan = Scan(body)
        faults = [self._fault(wrong, message, scan) for wrong in walk.wrong]
        faults.sort(key=lambda fault: fault.place.offset)
        return FormatError(self.name, FaultKind.CONTENT, faults, message.name, walk.fields)

    def _fault(self, wrong: Wrong, message: Message, scan: Scan) -> Fault:
        steps = steps_of(wrong.element)
        label = label_of(steps, message.repeats, wrong.attribute) or self._spec.root
        return Fault(Place(label, scan.at(steps), 0), wrong.rule)

    # Writing

    def build(self, type: str, fields: Mapping[str, Any]) -> bytes:
        write = self._writers.get(type)
        if write is not None:
            try:
                return write(fields).encode()
            except Doubt:
                pass
        return self.build_carefully(type, fields)

    def build_carefully(self, type: str, fields: Mapping[str, Any]) -> bytes:
        """A type that is not declared may have any field: so one that nobody knows can be answered."""
        message = self._message(type)
        said = message.type or type.encode()  # bytes: echoed, whatever they say
        writer = XmlWriter()
        known = self._names[message.name]
        if not fields.keys() <= known:
            writer.unknown(fields, known, "")
        given = {**fields, self._spec.type_field: said}
        text = writer.element(message.root, given, "", self._version)
        if writer.faults:
            raise FormatError(self.name, FaultKind.CONTENT, writer.faults, type)
        return text.encode()

    # Around a message

    def place(self, body: bytes, path: Path) -> Place:
        names = tuple(step for step in path if isinstance(step, str))
        index = next((step for step in path if isinstance(step, int)), None)
        message = self._message(self.peek(body)[0])
        where = message.where.get(names) or self._spec.every.where.get(names)
        if where is None:
            return Place("/".join(names), 0, 0)
        steps: Steps = tuple(
            (tag, (index or 0) if i == where.repeated else 0) for i, tag in enumerate(where.steps)
        )
        return Place(where.label(index), Scan(body).at(steps), 0)

    def content(self, body: bytes, without: Collection[str]) -> bytes:
        out: bytearray | None = None
        for name in without:
            found = self._text_of(body, name)
            if found is not None:
                out = bytearray(body) if out is None else out
                out[found] = b" " * (found.stop - found.start)
        return body if out is None else bytes(out)

    def _text_of(self, body: bytes, name: str) -> slice | None:
        """Bytes of a head field's text: one look for each element on the way, so that no body is slow."""
        found = self._bodies.get(name)
        if found is None:
            where = self._spec.every.where.get((name,))
            steps = where.steps if where is not None and not where.attribute else ()
            found = [re.compile(rb"<%s(?=[\s/>])[^<>]*>" % re.escape(step.encode())) for step in steps]
            self._bodies[name] = found
        at = 0
        for pattern in found:
            match = pattern.search(body, at)
            if match is None:
                return None
            at = match.end()
        if not found or body[at - 2 : at] == b"/>":
            return None
        end = body.find(b"<", at)
        return slice(at, end) if end > at else None

    def fit(self, type: str, path: Path, text: str) -> str:
        leaf = self._message(type).leaves.get(path)
        return leaf.value.fit(text) if leaf is not None and isinstance(leaf.value, XmlText) else text
