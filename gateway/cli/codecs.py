"""`ecif decode` and `ecif encode`: one system's frames for people and back."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, NO, AsJson, CommandError, ConfFolder, load, put, put_bytes

if TYPE_CHECKING:
    from formats.codec import Codec
    from formats.dump import Line
    from gateway.config.schema import Conf, SystemConf
    from gateway.disclosure import Disclosure
    from gateway.frames import Taken

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="A folder in conf/systems.")]


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif decode core captured.bin")(decode)
    app.command(epilog="Example: ecif decode core in.bin --clear --json | ecif encode core CU01")(encode)


def decode(
    system: System,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Otherwise standard input.")] = None,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
    clear: Annotated[bool, typer.Option("--clear", help="Show sensitive values.")] = False,
    body: Annotated[bool, typer.Option("--body", help="The input is one message without its frame.")] = False,
    type: Annotated[str, typer.Option("--type", metavar="T", help="Where the type cannot be seen.")] = "",
) -> None:
    """Framed bytes as an annotated dump: each byte with offset, field and value, or what is wrong with it.

    Sensitive bytes and values are masked unless --clear. Exit code 1 if anything cannot be read.
    """
    from gateway.disclosure import Disclosure
    from gateway.frames import take_apart, take_message

    declared, codec = _codec(load(conf), system)
    if type and type not in codec.types:
        raise CommandError(f"{system} has no message type {type}: it has {', '.join(codec.types)}.")
    data = _read(file)
    frames = [take_message(data, codec)] if body else take_apart(data, declared.framing, codec)
    disclosure = Disclosure(declared, clear=clear)
    sound = True
    for taken in frames:
        sound = sound and not taken.faults
        for line in _as_json(system, taken, disclosure) if as_json else as_dump(taken, codec, disclosure):
            put(line)
    if not sound:
        raise typer.Exit(NO)


def encode(
    system: System,
    type: Annotated[str, typer.Argument(metavar="TYPE", help="Message type, as in the sheet.")],
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """JSON on standard input, one object or one a line, as framed bytes on standard output.

    An absent id or time is made; lengths, counts, check characters and seals are always computed.
    """
    from gateway.composition import CannotCompose, Composer, read_entries

    declared, codec = _codec(load(conf), system)
    composer = Composer(declared, codec)
    try:
        frames = [composer.frame(type, entry) for entry in read_entries(sys.stdin.buffer.read())]
    except CannotCompose as error:
        raise CommandError(f"Cannot encode: {error}.") from None
    for frame in frames:
        put_bytes(frame)


def _codec(conf: "Conf", system: str) -> "tuple[SystemConf, Codec]":
    from gateway.bootstrap import load_codec_of

    if system not in conf.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(conf.systems)}.")
    return conf.systems[system], load_codec_of(conf, system)


def _read(file: Path | None) -> bytes:
    return sys.stdin.buffer.read() if file is None else file.read_bytes()


def _as_json(system: str, taken: "Taken", disclosure: "Disclosure") -> Iterator[str]:
    from gateway.composition import write_json

    yield write_json(disclosure.as_json(system, taken))


def as_dump(taken: "Taken", codec: "Codec", disclosure: "Disclosure") -> Iterator[str]:
    """What is wrong first, then every byte in its order."""
    yield f"frame at {taken.offset}, {taken.size} bytes: {taken.type or 'no type'}"
    for fault in disclosure.findings(taken, codec):
        yield f"  error {fault.label}@{fault.offset} {fault.rule}: {fault.size} bytes {fault.hex}".rstrip()
    for line in disclosure.dump(taken, codec):
        yield from _dumped(line)


_BYTES_A_LINE = 16


def _dumped(line: "Line") -> Iterator[str]:
    told = f"! {line.rule}" if line.rule else line.value
    parts = line.hex.split(" ") if "…" not in line.hex else [line.hex]
    first, rest = " ".join(parts[:_BYTES_A_LINE]), parts[_BYTES_A_LINE:]
    yield f"  {line.offset:>6}  {first:<48}  {line.label or '·':<24}  {told}".rstrip()
    for at in range(0, len(rest), _BYTES_A_LINE):
        yield f"  {line.offset + _BYTES_A_LINE + at:>6}  {' '.join(rest[at : at + _BYTES_A_LINE])}"
