"""The TOML file of a TLV system → its `Spec`.

    [head]      rows = [field, bytes, kind] (version, type, hex, flags); the version and flag bits known
    [seal]      bytes, where messages end in one
    [tlv]       bytes of tag and length (or "ber" for both), the bit that marks a group, charset
    [fields]    name = [tag, type] or { tag, type, bytes, at_most }
    [groups.X]  tag, fields
    [lists]     names used together
    [messages]  type = the fields it has, in the order in which they are written; "@list" in place

Types (ebank.md): text, int (8 bytes signed), code (1 byte; empty is the clear mark), date and time (BCD),
amount (8 bytes signed, in cents), hex (needs bytes).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from formats.charsets.charset import Charset, charset
from formats.codec import UNKNOWN
from formats.errors import DeclarationError
from formats.numerals import Bcd, Binary
from formats.scalars import Amount, CodeByte, Date, FreeText, Hex, Number, Scalar, Time
from formats.seals import Seal
from formats.tlv import TlvCodec
from formats.tlv_cells import BerCells, Cells, FixedCells
from formats.tlv_spec import HeadField, Level, Spec, Tag
from formats.toml_file import Notes, faults, read_text, read_toml

Size: TypeAlias = Literal[1, 2, 4]
Kind: TypeAlias = Literal["text", "int", "code", "date", "time", "amount", "hex"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HeadSection(_Model):
    rows: tuple[
        tuple[str, Annotated[int, Field(ge=1, le=64)], Literal["version", "type", "hex", "flags"]], ...
    ]
    version: int
    flags: Annotated[int, Field(ge=0)] = 0


class SealSection(_Model):
    bytes: Annotated[int, Field(ge=1)]


class TlvSection(_Model):
    tag_bytes: Size | Literal["ber"]
    length_bytes: Size | Literal["ber"]

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.tag_bytes == "ber") != (self.length_bytes == "ber"):
            raise ValueError("BER is for tags and lengths, or for none of them")
        return self

    @property
    def cells(self) -> Cells:
        if self.tag_bytes == "ber" or self.length_bytes == "ber":
            return BerCells()
        return FixedCells(self.tag_bytes, self.length_bytes)

    group_bit: Annotated[int, Field(ge=1)] = 0
    charset: str


def _pair(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if len(value) != 2:
        raise ValueError("a field is [tag, type]")
    return dict(zip(("tag", "type"), value, strict=True))


class TagEntry(_Model):
    tag: Annotated[int, Field(ge=0)]
    type: Kind
    bytes: Annotated[int, Field(ge=1)] | None = None
    at_most: Annotated[int, Field(ge=1)] | None = None


Entry: TypeAlias = Annotated[
    TagEntry, BeforeValidator(_pair, json_schema_input_type=tuple[int, Kind] | TagEntry)
]


class GroupEntry(_Model):
    tag: Annotated[int, Field(ge=0)]
    fields: dict[str, Entry]


class TlvFile(_Model):
    head: HeadSection
    seal: SealSection | None = None
    tlv: TlvSection
    fields: dict[str, Entry]
    groups: dict[str, GroupEntry] = {}
    lists: dict[str, tuple[str, ...]] = {}
    messages: dict[str, tuple[str, ...]]


def load_tlv(path: Path, system: str, seal: Seal | None) -> TlvCodec:
    """Raises an ExceptionGroup of all faults."""
    file = read_toml(path, TlvFile)
    checker = _Checker(file, path, read_text(path))
    spec = checker.spec()
    if (file.seal.bytes if file.seal else 0) != (seal.size if seal else 0):
        checker.note("the [seal] of the system and of this file differ in size", "seal")
    if checker.errors or spec is None:
        raise faults(checker.errors)
    return TlvCodec(system, spec, seal)


class _Checker(Notes):
    def __init__(self, file: TlvFile, path: Path, text: str) -> None:
        super().__init__(path, text)
        self._file = file

    def spec(self) -> Spec | None:
        tags = self._tags()
        self._check_head(tags)
        self._check_numbers(tags)
        messages = {
            type: Level(tuple(tags[name] for name in self._names(type, names) if name in tags))
            for type, names in self._file.messages.items()
        }
        if self.errors:
            return None
        head, tlv = self._file.head, self._file.tlv
        every = Level(tuple(tags.values()))
        return Spec(self._head(), head.version, head.flags, tlv.cells, messages, every)

    def _tags(self) -> dict[str, Tag]:
        try:
            own = charset(self._file.tlv.charset)
        except DeclarationError as error:
            self.note(str(error), "tlv", "charset")
            own = charset("utf-8")
        tags = {name: self._tag(name, e, own, ("fields", name)) for name, e in self._file.fields.items()}
        for name, group in self._file.groups.items():
            if name in tags:
                self.note("the name of a field, too", "groups", name)
            members = tuple(
                self._tag(inner, e, own, ("groups", name, inner)) for inner, e in group.fields.items()
            )
            tags[name] = Tag(name, group.tag, None, Level(members), self._label(group.tag))
        return tags

    def _tag(self, name: str, entry: TagEntry, own: Charset, loc: tuple[str, ...]) -> Tag:
        if entry.type == "hex" and entry.bytes is None:
            self.note("hex needs its bytes", *loc)
        if entry.type not in ("text", "hex") and (entry.bytes or entry.at_most):
            self.note(f"the size of {entry.type} is fixed", *loc)
        return Tag(name, entry.tag, _scalar(entry, own), None, self._label(entry.tag))

    def _label(self, tag: int) -> str:
        return self._file.tlv.cells.label(tag)

    def _head(self) -> tuple[HeadField, ...]:
        rows, at = [], 0
        for name, size, kind in self._file.head.rows:
            rows.append(HeadField(name, at, size, kind))
            at += size
        return tuple(rows)

    def _check_head(self, tags: Mapping[str, Tag]) -> None:
        kinds = [kind for _, _, kind in self._file.head.rows]
        if kinds.count("version") != 1 or kinds.count("type") != 1 or kinds.count("flags") > 1:
            self.note("the head has one version, one type and at most one flags", "head", "rows")
        for name, size, kind in self._file.head.rows:
            if name in tags and kind != "version":
                self.note(f"{name} is the name of a tag, too", "head", "rows")
            number = {"version": self._file.head.version, "flags": self._file.head.flags}.get(kind, 0)
            if number >> 8 * size:
                self.note(f"{number} does not fit its bytes", "head", kind)

    def _check_numbers(self, tags: Mapping[str, Tag]) -> None:
        """Numbers fit their bytes, are used once beside each other, and only groups have the group bit."""
        self._check_level(tags, ("fields",))
        for name, tag in tags.items():
            if tag.members is not None:
                self._check_level(tag.members.by_name, ("groups", name))

    def _check_level(self, tags: Mapping[str, Tag], loc: tuple[str, ...]) -> None:
        if UNKNOWN in tags:
            self.note("this name is taken by tags that are not declared", *loc, UNKNOWN)
        seen: set[int] = set()
        bit = self._file.tlv.group_bit
        for name, tag in tags.items():
            here = ("groups", name) if tag.members is not None else (*loc, name)
            if not self._file.tlv.cells.is_tag(tag.tag):
                self.note("the tag does not fit its bytes", *here)
            if bit and bool(tag.tag & bit) != (tag.members is not None):
                self.note("the group bit is for groups and for them only", *here)
            if tag.tag in seen:
                self.note("the tag is used twice", *here)
            seen.add(tag.tag)

    def _names(self, type: str, names: tuple[str, ...]) -> list[str]:
        size = next((size for _, size, kind in self._file.head.rows if kind == "type"), 1)
        if not re.fullmatch(f"0x[0-9A-F]{{{2 * size}}}", type):
            self.note(f"a type is written 0x and {2 * size} digits or capitals", "messages", type)
        found: list[str] = []
        for name in names:
            inner = self._file.lists.get(name[1:]) if name.startswith("@") else (name,)
            found += inner or ()
            if inner is None:
                self.note(f"no list {name[1:]}", "messages", type)
        for name in found:
            if name not in self._file.fields and name not in self._file.groups:
                self.note(f"no field {name}", "messages", type)
            if found.count(name) > 1:
                self.note(f"{name} twice", "messages", type)
        return found


def _scalar(entry: TagEntry, own: Charset) -> Scalar:
    match entry.type:
        case "text":
            return FreeText(own, exactly=entry.bytes or 0, at_most=entry.at_most or 0)
        case "int":
            return Number(Binary(8, 19))
        case "code":
            return CodeByte()
        case "date":
            return Date(Bcd(8))
        case "time":
            return Time(Bcd(14))
        case "amount":
            return Amount(Binary(8, 19), 2)
        case "hex":
            return Hex(entry.bytes or 1)
