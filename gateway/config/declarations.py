"""Do a system's layouts and mapping work? Asked of `formats` and `adapters`, by building its dialect.

They name a fault by file, line and key as far as they know; what they say of the system's own sections
without a file is looked up in its `system.toml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adapters.dialect import SystemDialect, build_dialect
from adapters.layouts import two_layouts
from formats.codec import Codec
from formats.declare import Declaration, load_codec
from formats.errors import DeclarationError
from formats.seals import SealDeclaration, load_seal
from gateway.config.faults import ConfFault
from gateway.config.files import ConfFile
from gateway.config.places import KeyPath
from gateway.config.schema import SystemConf

_DECLARATION: TypeAdapter[Declaration] = TypeAdapter(Declaration)
_SEAL: TypeAdapter[SealDeclaration | None] = TypeAdapter(SealDeclaration | None)


def check_declarations(
    name: str, file: ConfFile[SystemConf], codes: Mapping[str, Sequence[str]]
) -> Iterator[ConfFault]:
    """Faults of the layouts, also where other sections have some; of the mapping where nothing else has."""
    try:
        codec = _codec(name, file)
        if file.model is not None and codec is not None:
            yield from _too_large(file, codec)
            build_dialect(name, file.model, codec, codes)
    except (DeclarationError, ExceptionGroup) as error:
        for leaf in _leaves(error):
            yield _fault(file, leaf)


def check_layouts(
    name: str,
    present: ConfFile[SystemConf],
    coming: ConfFile[SystemConf],
    codes: Mapping[str, Sequence[str]],
) -> Iterator[ConfFault]:
    """Two versions at once: can they be told apart as [layouts] says? Not asked where one has faults."""
    section = present.model.layouts if present.model else None
    dialects: list[SystemDialect] = []
    try:
        for file in (present, coming):
            codec = _codec(name, file)
            if file.model is None or codec is None:
                return
            dialects.append(build_dialect(name, file.model, codec, codes))
    except (DeclarationError, ExceptionGroup):
        return  # told already
    try:
        if section is not None:
            two_layouts(dialects[0], dialects[1], section)
    except ExceptionGroup as error:
        for leaf in _leaves(error):
            yield present.fault(tuple(leaf.key.split(".")), str(leaf).removeprefix(f"{leaf.key}: "))


def _too_large(file: ConfFile[SystemConf], codec: Codec) -> Iterator[ConfFault]:
    """Layouts of fixed sizes: every message must fit a frame."""
    largest = getattr(codec, "largest", 0)
    if file.model is not None and largest > file.model.framing.limit:
        yield file.fault(("framing", "limit"), f"is less than the largest message, which has {largest} bytes")


def _codec(name: str, file: ConfFile[SystemConf]) -> Codec | None:
    try:
        declared: Declaration = _DECLARATION.validate_python(file.data.get("codec"))
        sealed = _SEAL.validate_python(file.data.get("seal"))
    except ValidationError:
        return None  # told already
    return load_codec(declared, file.path.parent, name, load_seal(sealed) if sealed else None)


def _leaves(error: Exception) -> Iterator[DeclarationError]:
    if isinstance(error, DeclarationError):
        yield error
    elif isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        raise error


def _fault(file: ConfFile[SystemConf], error: DeclarationError) -> ConfFault:
    rule = str(error).removeprefix(f"{error.key}: ")
    if error.file and Path(error.file).name != file.path.name:
        return ConfFault(error.file, error.line or 1, error.key, rule)
    return file.fault(_path(file, error.key), rule)


def _path(file: ConfFile[SystemConf], key: str) -> KeyPath:
    """Keys of a codec are named without their section."""
    path: KeyPath = tuple(key.split("."))
    inside: KeyPath = ("codec", *path)
    return inside if file.has(inside) else path
