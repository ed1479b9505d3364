"""`ecif copybook`: what a copybook says, and the records of a file that follow it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from gateway.cli.options import DEFAULT_CONF, NO, AsJson, CommandError, ConfFolder, put

if TYPE_CHECKING:
    from formats.copybook.items import Item
    from formats.copybook.platform import Platform

_EXAMPLE = "Example: ecif copybook conf/systems/core/core.cpy --data customers.bin --records rdw --json"
Records: TypeAlias = Literal["fixed", "rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "lines"]


def add_to(app: typer.Typer) -> None:
    app.command(epilog=_EXAMPLE)(copybook)


def copybook(
    file: Annotated[Path, typer.Argument(metavar="FILE.cpy", help="The copybook.")],
    data: Annotated[Path | None, typer.Option("--data", metavar="F", help="Read the records of F.")] = None,
    charset: Annotated[str, typer.Option(help="Of text and displayed digits in F.")] = "cp037",
    records: Annotated[Records, typer.Option(help="How records follow one another in F.")] = "fixed",
    strict: Annotated[
        bool, typer.Option("--strict/--relaxed", help="Relaxed: blank numbers are 0, any sign nibble.")
    ] = True,
    as_json: AsJson = False,
    as_toml: Annotated[
        bool, typer.Option("--to-toml", help="The layout as the TOML file of a fixed-width table.")
    ] = False,
    include: Annotated[
        list[Path] | None, typer.Option("--include", "-I", metavar="DIR", help="Where COPY looks, too.")
    ] = None,
    source: Annotated[
        Literal["fixed", "free"] | None, typer.Option(help="Reference format; otherwise it is seen.")
    ] = None,
    compiler: Annotated[Literal["ibm", "gnucobol"], typer.Option(help="Whose sizes of numbers.")] = "ibm",
    conf: ConfFolder = DEFAULT_CONF,
    record: Annotated[str, typer.Option(metavar="NAME", help="Of several 01 records only this one.")] = "",
    by: Annotated[str, typer.Option(metavar="FIELD", help="The field that tells 01 records apart.")] = "",
    when: Annotated[
        list[str] | None, typer.Option(metavar="VALUE=NAME", help="With --by: which value means which 01.")
    ] = None,
    length: Annotated[int, typer.Option(min=0, help="Of fixed records, where it is not the largest 01.")] = 0,
    double: Annotated[str, typer.Option(help="Of PIC G; otherwise cp935 or --charset.")] = "",
    native: Annotated[
        Literal["big", "little"] | None, typer.Option(help="Byte order of COMP-5 and floating point.")
    ] = None,
    binary: Annotated[Literal["big", "little"], typer.Option(help="Byte order of COMP.")] = "big",
    floating: Annotated[
        Literal["ibm", "ieee"] | None, typer.Option(help="Form of COMP-1 and COMP-2.")
    ] = None,
) -> None:
    """The layout of a copybook as a table: offsets from 0, sizes, pictures, usages. With --data, the records
    of a file as JSON, one a line.

    An EBCDIC charset means a mainframe's file, another one GnuCOBOL's; --native, --binary and --floating say
    otherwise.
    """
    roots = _read(file, include or (), source, compiler)
    if record:
        roots = _only(roots, record.upper())
    if data is None and not as_toml:
        _list(roots, as_json=as_json)
        return
    platform = _platform(charset, double, strict=strict)
    changes = {"native": native, "floating": floating, "binary": binary}
    platform = _changed(platform, {name: value for name, value in changes.items() if value})
    if data is None:
        _write_toml(roots, platform)
        return
    for line in _records(roots, platform, data, records, length, by.upper(), when or ()):
        put(line if as_json else _indented(line))


def _read(
    file: Path, include: Sequence[Path], source: Literal["fixed", "free"] | None, compiler: str
) -> "list[Item]":
    from formats.copybook.copying import Library, read_source
    from formats.copybook.items import COMPILERS
    from formats.copybook.parse import parse_copybook
    from formats.errors import DeclarationError

    try:
        library = Library(include, source)
        return parse_copybook(read_source(file), str(file), library=library, compiler=COMPILERS[compiler])
    except DeclarationError as error:
        raise CommandError(f"{error.file}:{error.line} {error}") from None


def _only(roots: "Sequence[Item]", name: str) -> "list[Item]":
    found = [root for root in roots if root.name == name]
    if not found:
        raise CommandError(f"There is no record {name}: there are {', '.join(root.name for root in roots)}.")
    return found


def _list(roots: "Sequence[Item]", *, as_json: bool) -> None:
    from formats.copybook.listing import listed, table
    from gateway.records import to_json

    if as_json:
        put(to_json([row.as_json() for row in listed(roots)]))
        return
    for line in table(listed(roots)):
        put(line)


def _write_toml(roots: "list[Item]", platform: "Platform") -> None:
    from formats.copybook.parse import records_of
    from formats.copybook.to_toml import to_toml
    from formats.errors import DeclarationError

    try:
        put(to_toml(records_of(roots), platform).rstrip("\n"))
    except DeclarationError as error:
        raise CommandError(f"{error.file}:{error.line} {error}") from None


def _platform(name: str, double: str, *, strict: bool) -> "Platform":
    from formats.charsets.charset import charset
    from formats.copybook.platform import platform_of

    return platform_of(charset(name), double=charset(double) if double else None, strict=strict)


def _changed(platform: "Platform", changes: dict[str, str]) -> "Platform":
    from dataclasses import replace

    return replace(platform, **changes)  # type: ignore[arg-type]


def _records(
    roots: "list[Item]",
    platform: "Platform",
    data: Path,
    form: Records,
    length: int,
    by: str,
    when: Sequence[str],
) -> Iterator[str]:
    from formats.copybook.choosing import Chooser
    from formats.copybook.files import BrokenFile
    from formats.copybook.parse import records_of
    from gateway.records import DataFile, read_records

    roots = records_of(roots)
    values = dict(pair.partition("=")[::2] for pair in when)
    chooser = Chooser(roots, platform, by, {value: name.upper() for value, name in values.items()})
    try:
        yield from read_records(roots, chooser, platform, DataFile(data, form, length))
    except BrokenFile as error:
        raise CommandError(f"{data} {error}.", NO) from None


def _indented(line: str) -> str:
    import json
    from decimal import Decimal

    from gateway.records import to_json

    value = json.loads(line, parse_float=Decimal)
    return "\n".join([*(f"{key}: {to_json(inner)}" for key, inner in value.items()), ""])
