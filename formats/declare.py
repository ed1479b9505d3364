"""The [codec] section of a system, and the codec it declares.

`family` says which kind of format it is:

| family | layouts | sheets |
|---|---|---|
| `copybook` | COBOL copybooks as they are, one a message type | core |
| `table` | fixed-width rows in a TOML file | loan |
| `tlv` | tags in a TOML file | ebank |
| `delimited` | lines of fields in a TOML file | wealth |
| `xml` | elements and attributes in a TOML file | teller |
| `iso8583` | bitmaps and data elements in a TOML file | card |
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from formats.charsets.charset import Charset, charset
from formats.codec import Codec
from formats.copybook import Item, parse_copybook
from formats.copybook_layout import Dialect, layout_of
from formats.delimited_file import DelimitedDeclaration, load_delimited
from formats.errors import DeclarationError
from formats.iso8583.codec import load_iso8583
from formats.layout import Layout, Repeat, check_layout, fields_of, sizes_of
from formats.records import RecordCodec
from formats.seals import Seal
from formats.table import TableFile, table_layouts
from formats.tlv_file import load_tlv
from formats.toml_file import faults, read_text, read_toml
from formats.xml_file import load_xml


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Sizes: TypeAlias = dict[str, Annotated[int, Field(ge=1, strict=True)]]
"""Message type → its bytes without repeats, as the system's own sheet says: the layout must add up to it."""


class CopybookDeclaration(_Declaration):
    family: Literal["copybook"]
    charset: str
    header: str
    """`file.cpy#GROUP`: how every record begins."""
    type_field: str
    records: Annotated[dict[str, str], Field(min_length=1)]
    """Message type → copybook, or a group of one."""
    charsets: dict[str, str] = {}
    """Fields in another charset."""
    kinds: dict[str, Literal["date", "time", "required"]] = {}
    sizes: Sizes = {}


class TableDeclaration(_Declaration):
    family: Literal["table"]
    charset: str
    tables: str
    """The file."""
    header: str
    """The table with which every record begins."""
    type_field: str
    sizes: Sizes = {}


class TlvDeclaration(_Declaration):
    family: Literal["tlv"]
    tags: str
    """The file."""


class XmlDeclaration(_Declaration):
    family: Literal["xml"]
    elements: str
    """The file."""


class Iso8583Declaration(_Declaration):
    family: Literal["iso8583"]
    messages: str
    """The file."""


Declaration: TypeAlias = Annotated[
    CopybookDeclaration
    | TableDeclaration
    | TlvDeclaration
    | DelimitedDeclaration
    | XmlDeclaration
    | Iso8583Declaration,
    Field(discriminator="family"),
]


def load_codec(declaration: Declaration, folder: Path, system: str, seal: Seal | None = None) -> Codec:
    """Reads the layouts beside the declaration. Raises an ExceptionGroup of all DeclarationErrors."""
    try:
        match declaration:
            case CopybookDeclaration():
                return _copybooks(declaration, folder, system)
            case TableDeclaration():
                return _tables(declaration, folder, system)
            case TlvDeclaration():
                _demand_file(folder, declaration.tags, "codec.tags")
                return load_tlv(folder / declaration.tags, system, seal)
            case DelimitedDeclaration():
                _demand_file(folder, declaration.lines, "codec.lines")
                return load_delimited(folder / declaration.lines, system)
            case XmlDeclaration():
                _demand_file(folder, declaration.elements, "codec.elements")
                return load_xml(folder / declaration.elements, system)
            case Iso8583Declaration():
                _demand_file(folder, declaration.messages, "codec.messages")
                return load_iso8583(folder / declaration.messages, system, seal)
    except DeclarationError as error:
        raise faults([error]) from None


_RECORD_KEYS = {"header": "codec.header"}


def _demand_file(folder: Path, name: str, key: str) -> None:
    """A file that is not there is a fault of the key that names it."""
    if not (folder / name).is_file():
        raise DeclarationError(f"names the file {name}, which cannot be read", key=key)


def _copybooks(declared: CopybookDeclaration, folder: Path, system: str) -> RecordCodec:
    errors: list[DeclarationError] = []
    layouts: dict[str, Layout] = {}
    own = _own_charset(declared.charset, errors)
    dialect = Dialect(own, _charsets(declared, errors), declared.kinds)
    files: dict[str, list[Item]] = {}
    for key, reference in {"header": declared.header, **declared.records}.items():
        try:
            _demand_file(folder, reference.partition("#")[0], _RECORD_KEYS.get(key, f"codec.records.{key}"))
            layouts[key] = _layout(reference, folder, files, dialect)
        except* DeclarationError as group:
            errors += _leaves(group)
    if not errors:
        errors += _unknown_names(declared, layouts)
    errors += _wrong_sizes(declared.sizes, layouts)
    if errors:
        raise faults(errors)
    header = layouts.pop("header")
    return RecordCodec(system, header, declared.type_field, layouts, own.blank)


def _own_charset(name: str, errors: list[DeclarationError]) -> Charset:
    """A stand-in where there is none of that name, so that the other faults are found too."""
    try:
        return charset(name)
    except DeclarationError as error:
        errors.append(DeclarationError(str(error), key="codec.charset"))
        return charset("ascii")


def _charsets(declared: CopybookDeclaration, errors: list[DeclarationError]) -> Mapping[str, Charset]:
    found = {}
    for field, name in declared.charsets.items():
        try:
            found[field] = charset(name)
        except DeclarationError as error:
            errors.append(DeclarationError(str(error), key=f"codec.charsets.{field}"))
    return found


def _layout(reference: str, folder: Path, files: dict[str, list[Item]], dialect: Dialect) -> Layout:
    file, _, group = reference.partition("#")
    path = folder / file
    if file not in files:
        files[file] = parse_copybook(read_text(path), str(path))
    item = _item(files[file], group, str(path))
    try:
        layout = layout_of(item, dialect)
        check_layout(layout, item.name)
    except DeclarationError as error:
        line = error.line or next((i.line for i in item.walk() if i.name == error.key), item.line)
        raise DeclarationError(str(error), file=str(path), line=line, key=error.key) from None
    return layout


def _item(roots: list[Item], group: str, file: str) -> Item:
    found = [item for root in roots for item in root.walk() if item.name == group] if group else roots
    if len(found) != 1:
        what = group or "record"
        raise DeclarationError(f"{len(found)} of {what}, not one", file=file, line=1, key=what)
    return found[0]


def _leaves(group: BaseExceptionGroup[DeclarationError]) -> Iterator[DeclarationError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _unknown_names(
    declared: CopybookDeclaration, layouts: Mapping[str, Layout]
) -> Iterator[DeclarationError]:
    known = {path[-1] for layout in layouts.values() for path, _ in fields_of(layout)}
    for section in ("charsets", "kinds"):
        for field in getattr(declared, section):
            if field not in known:
                yield DeclarationError(f"no field {field} in any record", key=f"codec.{section}.{field}")
    rows = [row for layout in layouts.values() for _, row in fields_of(layout)]
    counts = {row.count for row in rows if isinstance(row, Repeat)}
    for field, kind in declared.kinds.items():
        if kind == "required" and field in known - counts:
            yield DeclarationError(f"{field} counts no table", key=f"codec.kinds.{field}")


def _wrong_sizes(sizes: Sizes, layouts: Mapping[str, Layout]) -> Iterator[DeclarationError]:
    for type, size in sizes.items():
        found = sizes_of(layouts[type])[0] if type in layouts else size
        if found != size:
            text = f"the layout of {type} adds up to {found} bytes, not {size}"
            yield DeclarationError(text, key=f"codec.sizes.{type}")


def _tables(declared: TableDeclaration, folder: Path, system: str) -> RecordCodec:
    errors: list[DeclarationError] = []
    own = _own_charset(declared.charset, errors)
    path = folder / declared.tables
    header: Layout = ()
    records: dict[str, Layout] = {}
    try:
        _demand_file(folder, declared.tables, "codec.tables")
        header, records = table_layouts(
            read_toml(path, TableFile), path, read_text(path), own, declared.header
        )
    except* DeclarationError as group:
        errors += _leaves(group)
    else:
        errors += _wrong_sizes(declared.sizes, records)
    if errors:
        raise faults(errors)
    return RecordCodec(system, header, declared.type_field, records, own.blank)
