"""The TOML file of an XML system → its `Spec`.

    [xml]       root element; version = [attribute of the root, what it must say]; type: path of the type
    [limits]    depth, elements and attributes of a document, characters of a text
    [fields]    name = [path, kind] or { at, kind, at_most, pattern, says, values, always }
    [lists.X]   at = path of the elements that repeat, fields = as above, with paths within an entry; wrapped
                where the element around them holds nothing else and is there for an empty list, too
    [groups]    names used together
    [messages]  name = the fields it has, in the order in which they are written; "@group" in place; or
                { type, marker, fields }: what its type says where that is not its name, and the field that
                tells it from others of that type

A path is the elements below the root, `head/serial`, and perhaps an attribute, `customer/@number`. Kinds:
text, number, amount, date, time.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from formats.codec import Path
from formats.toml_file import Notes, faults, read_text, read_toml
from formats.xml import XmlCodec
from formats.xml_places import DEEPEST
from formats.xml_spec import Element, Leaf, Limits, Message, Spec, Where
from formats.xml_values import XmlAmount, XmlDate, XmlNumber, XmlText, XmlTime, XmlValue

Kind: TypeAlias = Literal["text", "number", "amount", "date", "time"]
Count: TypeAlias = Annotated[int, Field(ge=1, strict=True)]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*", re.ASCII)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class XmlSection(_Model):
    root: str
    version: tuple[str, str] | None = None
    type: str


class LimitsSection(_Model):
    depth: Annotated[int, Field(ge=2, le=DEEPEST, strict=True)] = 16
    elements: Count = 10_000
    attributes: Count = 50_000
    text: Count = 4_000


def _pair(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if len(value) != 2:
        raise ValueError("a field is [path, kind]")
    return dict(zip(("at", "kind"), value, strict=True))


class FieldEntry(_Model):
    at: str
    kind: Kind
    at_most: Count | None = None
    pattern: str = ""
    says: str = ""
    """The rule that a text against the pattern breaks."""
    values: tuple[str, ...] = ()
    always: bool = False


Entry: TypeAlias = Annotated[
    FieldEntry, BeforeValidator(_pair, json_schema_input_type=tuple[str, Kind] | FieldEntry)
]


class ListEntry(_Model):
    at: str
    wrapped: bool = False
    """The element around it holds nothing else and is there for an empty list, too."""
    fields: dict[str, Entry]


class MessageEntry(_Model):
    type: str = ""
    marker: str = ""
    fields: tuple[str, ...]


def _fields(value: Any) -> Any:
    return {"fields": value} if isinstance(value, list) else value


MessageFields: TypeAlias = Annotated[
    MessageEntry, BeforeValidator(_fields, json_schema_input_type=tuple[str, ...] | MessageEntry)
]


class XmlFile(_Model):
    xml: XmlSection
    limits: LimitsSection = LimitsSection()
    fields: dict[str, Entry]
    lists: dict[str, ListEntry] = {}
    groups: dict[str, tuple[str, ...]] = {}
    messages: dict[str, MessageFields]


def load_xml(path: File, system: str) -> XmlCodec:
    """Raises an ExceptionGroup of all faults."""
    loader = _Loader(read_toml(path, XmlFile), path, read_text(path))
    spec = loader.spec()
    if loader.errors:
        raise faults(loader.errors)
    return XmlCodec(system, spec)


class _Loader(Notes):
    def __init__(self, file: XmlFile, path: File, text: str) -> None:
        super().__init__(path, text)
        self._file = file
        self._type_field = "type"

    def spec(self) -> Spec:
        file = self._file
        limits = Limits(file.limits.depth, file.limits.elements, file.limits.attributes)
        steps, attribute = self._path_of(file.xml.type, "xml", "type")
        if attribute:
            self.note("the type is the text of an element", "xml", "type")
        for name in (self._type_field, *file.lists):
            if name in file.fields:
                self.note("this name is taken", "fields", name)
        messages = {name: self._message(name, entry) for name, entry in file.messages.items()}
        self._check_types(messages)
        every = self._every()
        return Spec(file.xml.root, file.xml.version, self._type_field, steps, limits, messages, every)

    def _every(self) -> Message:
        used: dict[str, None] = {}
        for entry in self._file.messages.values():
            used |= dict.fromkeys(self._expanded(entry.fields))
        root, where, leaves = self._layout(list(used), "messages")
        return Message("", "", "", root, where, leaves)

    def _message(self, name: str, entry: MessageEntry) -> Message:
        fields = list(self._expanded(entry.fields, name))
        root, where, leaves = self._layout(fields, "messages", name, marker=entry.marker)
        marker = where.get((entry.marker,))
        if entry.marker and (marker is None or marker.attribute):
            self.note(f"the marker {entry.marker} is no element of it", "messages", name)
        return Message(name, entry.type or name, entry.marker, root, where, leaves)

    def _expanded(self, names: tuple[str, ...], message: str = "") -> Iterator[str]:
        for name in names:
            if not name.startswith("@"):
                yield name
            elif name[1:] in self._file.groups:
                yield from self._file.groups[name[1:]]
            elif message:
                self.note(f"no group {name[1:]}", "messages", message)

    def _layout(
        self, fields: list[str], *loc: str, marker: str = ""
    ) -> tuple[Element, dict[Path, Where], dict[Path, Leaf | None]]:
        """The marker is written though empty: its being there is what tells the message."""
        root = Element(self._file.xml.root)
        where: dict[Path, Where] = {}
        leaves: dict[Path, Leaf | None] = {}
        steps = tuple(self._file.xml.type.split("/"))
        kind = Leaf(self._type_field, XmlText(self._file.limits.text), True)
        self._hang(root, steps, "", kind, *loc)
        where[self._type_field,], leaves[self._type_field,] = Where(steps), kind
        for name in fields:
            if (name,) in leaves:
                self.note(f"{name} twice", *loc)
            elif name in self._file.fields:
                entry = self._file.fields[name]
                steps, attribute = self._path_of(entry.at, "fields", name)
                leaf = self._leaf(name, entry, "fields", always=name == marker)
                self._hang(root, steps, attribute, leaf, *loc)
                where[name,], leaves[name,] = Where(steps, attribute), leaf
            elif name in self._file.lists:
                self._list(root, name, where, leaves, *loc)
            else:
                self.note(f"no field {name}", *loc)
        return root, where, leaves

    def _list(
        self,
        root: Element,
        name: str,
        where: dict[Path, Where],
        leaves: dict[Path, Leaf | None],
        *loc: str,
    ) -> None:
        entry = self._file.lists[name]
        steps, attribute = self._path_of(entry.at, "lists", name)
        if attribute or not steps:
            return self.note("a list is of elements", "lists", name)
        at = self._down(root, steps[:-1])
        if steps[-1] in at.children:
            return self.note(f"{steps[-1]} stands there already", *loc)
        inner = at.children[steps[-1]] = Element(steps[-1], entries=name)
        depth = len(steps) - 1
        where[name,], leaves[name,] = Where(steps, repeated=depth), None
        for field, declared in entry.fields.items():
            below, attribute = self._path_of(declared.at, "lists", name, field)
            leaf = self._leaf(field, declared, "lists", name)
            self._hang(inner, below, attribute, leaf, "lists", name)
            where[name, field] = Where((*steps, *below), attribute, depth)
            leaves[name, field] = leaf
        if entry.wrapped:
            at.holds = name
            if not depth or len(at.children) > 1 or at.attributes or at.text is not None:
                self.note("something else stands in the element around it", "lists", name)
        return None

    def _leaf(self, name: str, entry: FieldEntry, *loc: str, always: bool = False) -> Leaf:
        return Leaf(name, self._value(name, entry, *loc), always or entry.always)

    def _value(self, name: str, entry: FieldEntry, *loc: str) -> XmlValue:
        match entry.kind:
            case "text":
                most = entry.at_most or self._file.limits.text
                try:
                    return XmlText(most, pattern=entry.pattern, says=entry.says, values=entry.values)
                except re.error:
                    self.note("the pattern is no regular expression", *loc, name)
                    return XmlText(most)
            case "number":
                return XmlNumber()
            case "amount":
                return XmlAmount()
            case "date":
                return XmlDate()
            case "time":
                return XmlTime()

    def _hang(self, root: Element, steps: tuple[str, ...], attribute: str, leaf: Leaf, *loc: str) -> None:
        at = self._down(root, steps)
        taken = attribute in at.attributes if attribute else at.text is not None
        if taken or (not attribute and at.children):
            self.note(f"{leaf.name}: something else stands there", *loc)
        elif attribute:
            at.attributes[attribute] = leaf
        else:
            at.text = leaf

    def _down(self, root: Element, steps: tuple[str, ...]) -> Element:
        for tag in steps:
            root = root.children.setdefault(tag, Element(tag))
        return root

    def _path_of(self, path: str, *loc: str) -> tuple[tuple[str, ...], str]:
        """(elements, attribute)"""
        *steps, last = path.split("/") if path else [""]
        attribute = last[1:] if last.startswith("@") else ""
        if not attribute and last:
            steps.append(last)
        for name in (*steps, *((attribute,) if attribute else ())):
            if not _NAME.fullmatch(name):
                self.note(f"{path!r} is no path such as head/serial or customer/@number", *loc)
                break
        return tuple(steps), attribute

    def _check_types(self, messages: Mapping[str, Message]) -> None:
        seen: set[tuple[str, str]] = set()
        for name, message in messages.items():
            if (message.type, message.marker) in seen:
                self.note(f"another message has the type {message.type}, too", "messages", name)
            seen.add((message.type, message.marker))
