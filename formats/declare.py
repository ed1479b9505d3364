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
| `construct` | hand-written structs in a Python file | |
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from formats.codec import Codec
from formats.copybook.declaration import CopybookDeclaration, load_copybooks
from formats.declaring import DeclaredFamily, Sizes, demand_file, leaves, own_charset, wrong_sizes
from formats.delimited_file import DelimitedDeclaration, load_delimited
from formats.errors import DeclarationError
from formats.iso8583.codec import load_iso8583
from formats.layout import Layout
from formats.records import RecordCodec
from formats.sealed import SealedCodec
from formats.seals import Seal
from formats.structs.loading import ConstructDeclaration, load_structs
from formats.table import TableFile, table_layouts
from formats.tlv_file import load_tlv
from formats.toml_file import faults, read_text, read_toml
from formats.xml_file import load_xml


class TableDeclaration(DeclaredFamily):
    family: Literal["table"]
    charset: str
    tables: str
    """The file."""
    header: str
    """The table with which every record begins."""
    type_field: str
    sizes: Sizes = Field(default_factory=dict)


class TlvDeclaration(DeclaredFamily):
    family: Literal["tlv"]
    tags: str
    """The file."""


class XmlDeclaration(DeclaredFamily):
    family: Literal["xml"]
    elements: str
    """The file."""


class Iso8583Declaration(DeclaredFamily):
    family: Literal["iso8583"]
    messages: str
    """The file."""


Declaration: TypeAlias = Annotated[
    CopybookDeclaration
    | TableDeclaration
    | TlvDeclaration
    | DelimitedDeclaration
    | XmlDeclaration
    | Iso8583Declaration
    | ConstructDeclaration,
    Field(discriminator="family"),
]


def load_codec(declaration: Declaration, folder: Path, system: str, seal: Seal | None = None) -> Codec:
    """Reads the layouts beside the declaration. Raises an ExceptionGroup of all DeclarationErrors."""
    try:
        match declaration:
            case TlvDeclaration():
                demand_file(folder, declaration.tags, "codec.tags")
                return load_tlv(folder / declaration.tags, system, seal)
            case Iso8583Declaration():
                demand_file(folder, declaration.messages, "codec.messages")
                return load_iso8583(folder / declaration.messages, system, seal)
            case _:
                codec = _without_seal(declaration, folder, system)
                return codec if seal is None else SealedCodec(codec, seal)
    except DeclarationError as error:
        raise faults([error]) from None


def _without_seal(
    declaration: CopybookDeclaration
    | TableDeclaration
    | DelimitedDeclaration
    | XmlDeclaration
    | ConstructDeclaration,
    folder: Path,
    system: str,
) -> Codec:
    """Families that have no place of their own for a seal: it stands after their last byte."""
    match declaration:
        case CopybookDeclaration():
            return load_copybooks(declaration, folder, system)
        case TableDeclaration():
            return _tables(declaration, folder, system)
        case DelimitedDeclaration():
            demand_file(folder, declaration.lines, "codec.lines")
            return load_delimited(folder / declaration.lines, system)
        case XmlDeclaration():
            demand_file(folder, declaration.elements, "codec.elements")
            return load_xml(folder / declaration.elements, system)
        case ConstructDeclaration():
            return load_structs(declaration, folder, system)


def _tables(declared: TableDeclaration, folder: Path, system: str) -> RecordCodec:
    errors: list[DeclarationError] = []
    own = own_charset(declared.charset, errors)
    path = folder / declared.tables
    header: Layout = ()
    records: dict[str, Layout] = {}
    try:
        demand_file(folder, declared.tables, "codec.tables")
        header, records = table_layouts(
            read_toml(path, TableFile), path, read_text(path), own, declared.header
        )
    except* DeclarationError as group:
        errors += leaves(group)
    else:
        errors += wrong_sizes(declared.sizes, records)
    if errors:
        raise faults(errors)
    return RecordCodec(system, header, declared.type_field, records, own.blank)
