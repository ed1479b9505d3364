"""The TOML file of a delimited system → its `Spec`.

    [text]         charset, separator, escape (none unless declared); head: how every message begins
    [substitutes]  what a value cannot hold = what is sent in its place; both are one value
    [fields]       name = type, or { type, size, decimals }
    [lists.X]      between (entries), inside (the parts of one), parts = [{ name, type, … }], substitutes
    [messages]     type = its fields in order; { fields, least } where the last ones may be left out

The head's first field is the message type.
Types: text (size in bytes), token (letters, digits and hyphens), number (size in digits), date, time, amount
(size in digits before the point, decimals after it).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from formats.charsets.charset import Charset, charset
from formats.delimited import DelimitedCodec
from formats.delimited_spec import Cell, Message, Repeat, Row, Spec
from formats.delimited_text import check_charset
from formats.delimited_values import Amount, Date, Number, Text, Time, Token, Value
from formats.errors import DeclarationError, Refused
from formats.toml_file import Notes, faults, read_text, read_toml

Mark: TypeAlias = Annotated[str, Field(min_length=1, max_length=1)]
Kind: TypeAlias = Literal["text", "token", "number", "date", "time", "amount"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DelimitedDeclaration(_Model):
    """[codec] of a system with lines of fields."""

    family: Literal["delimited"]
    lines: str
    """The file."""


class TextSection(_Model):
    charset: str
    separator: Mark
    escape: Mark | None = None
    head: Annotated[tuple[str, ...], Field(min_length=1)]


def _short(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class FieldEntry(_Model):
    type: Kind
    size: Annotated[int, Field(ge=1)] | None = None
    decimals: Annotated[int, Field(ge=0, le=9)] = 2


Entry: TypeAlias = Annotated[FieldEntry, BeforeValidator(_short, json_schema_input_type=Kind | FieldEntry)]


class PartEntry(FieldEntry):
    name: str


class ListEntry(_Model):
    between: Mark
    inside: Mark
    parts: Annotated[tuple[PartEntry, ...], Field(min_length=1)]
    substitutes: dict[Mark, Mark] = {}


def _listed(value: Any) -> Any:
    return {"fields": value} if isinstance(value, list) else value


class MessageEntry(_Model):
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    least: Annotated[int, Field(ge=1)] | None = None


Fields: TypeAlias = Annotated[
    MessageEntry, BeforeValidator(_listed, json_schema_input_type=tuple[str, ...] | MessageEntry)
]


class DelimitedFile(_Model):
    text: TextSection
    substitutes: dict[Mark, Mark] = {}
    fields: dict[str, Entry]
    lists: dict[str, ListEntry] = {}
    messages: Annotated[dict[str, Fields], Field(min_length=1)]


def load_delimited(path: Path, system: str) -> DelimitedCodec:
    """Raises an ExceptionGroup of all faults."""
    checker = _Checker(read_toml(path, DelimitedFile), path, read_text(path))
    spec = checker.spec()
    if checker.errors:
        raise faults(checker.errors)
    return DelimitedCodec(system, spec)


class _Checker(Notes):
    def __init__(self, file: DelimitedFile, path: Path, text: str) -> None:
        super().__init__(path, text)
        self._file = file

    def spec(self) -> Spec:
        own = self._charset()
        rows: dict[str, Row] = {
            name: Cell(name, _value(entry, own, self._file.substitutes))
            for name, entry in self._file.fields.items()
        }
        rows |= {name: self._repeat(name, entry, own) for name, entry in self._file.lists.items()}
        for name in self._file.lists.keys() & self._file.fields.keys():
            self.note("the name of a field, too", "lists", name)
        self._check_marks(own)
        messages = {type: self._message(type, entry, rows) for type, entry in self._file.messages.items()}
        text = self._file.text
        return Spec(own, text.separator, text.escape or "", text.head, messages)

    def _charset(self) -> Charset:
        try:
            own = charset(self._file.text.charset)
            check_charset(own.name)
        except DeclarationError as error:
            self.note(str(error), "text", "charset")
            return charset("utf-8")
        return own

    def _repeat(self, name: str, entry: ListEntry, own: Charset) -> Repeat:
        substitutes = {**self._file.substitutes, **entry.substitutes}
        parts = tuple(Cell(part.name, _value(part, own, substitutes)) for part in entry.parts)
        for part in {part.name for part in parts}:
            if sum(other.name == part for other in parts) > 1:
                self.note(f"{part} twice", "lists", name, "parts")
        return Repeat(name, parts, entry.between, entry.inside)

    def _check_marks(self, own: Charset) -> None:
        """Marks differ, are one byte each, and no substitute is one of them."""
        text = self._file.text
        common = [text.separator, *([text.escape] if text.escape else [])]
        for name, entry in self._file.lists.items():
            marks = [*common, entry.between, entry.inside]
            if len(set(marks)) != len(marks):
                self.note("separators and escape must differ", "lists", name)
        listed = [mark for entry in self._file.lists.values() for mark in (entry.between, entry.inside)]
        for mark in {*common, *listed}:
            if _width(own, mark) != 1:
                self.note("a separator must be one byte", "text", "separator")
        pairs = [("substitutes", self._file.substitutes)]
        lists = self._file.lists.items()
        pairs += [(f"lists.{name}.substitutes", entry.substitutes) for name, entry in lists]
        for where, substitutes in pairs:
            for substitute in substitutes.values():
                if substitute in {*common, *listed, *substitutes} or not _width(own, substitute):
                    self.note("a substitute must be a character of the charset and no mark", where)

    def _message(self, type: str, entry: MessageEntry, rows: Mapping[str, Row]) -> Message:
        head, names = self._file.text.head, entry.fields
        if names[: len(head)] != head:
            self.note(f"must begin with {', '.join(head)}", "messages", type)
        for name in names:
            if name not in rows:
                self.note(f"no field {name}", "messages", type)
            if names.count(name) > 1:
                self.note(f"{name} twice", "messages", type)
        least = entry.least or len(names)
        if not len(head) <= least <= len(names):
            self.note("least is more than there are, or less than the head", "messages", type)
        return Message(tuple(rows[name] for name in names if name in rows), least)


def _width(own: Charset, mark: str) -> int:
    """Bytes; 0 where the charset lacks it."""
    try:
        return len(own.encode(mark))
    except Refused:
        return 0


def _value(entry: FieldEntry, own: Charset, substitutes: Mapping[str, str]) -> Value:
    size = entry.size or 0
    match entry.type:
        case "text":
            return Text(own, size, substitutes)
        case "token":
            return Token(size)
        case "number":
            return Number(size or 18)
        case "date":
            return Date()
        case "time":
            return Time()
        case "amount":
            return Amount(size or 13, entry.decimals)
