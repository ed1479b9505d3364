"""Structs named in conf: `file.py#NAME`, a file in the system's own folder.

Such a file is code: it runs when conf is read, also by `ecif check`. It belongs under the same guard as the
hub's own code, and nobody else should be able to write it.
"""

import importlib.util
import traceback
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import construct as c
from pydantic import BaseModel, ConfigDict, Field

from formats.errors import DeclarationError
from formats.structs.codec import StructCodec
from formats.toml_file import faults


class ConstructDeclaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Literal["construct"]
    header: str
    """`file.py#NAME`: a Struct of fields of fixed sizes, with which every record begins."""
    type_field: str
    records: Annotated[dict[str, str], Field(min_length=1)]
    """Message type → `file.py#NAME`."""


def load_structs(declared: ConstructDeclaration, folder: Path, system: str) -> StructCodec:
    """Raises an ExceptionGroup of all faults."""
    files: dict[str, ModuleType] = {}
    found: dict[str, Any] = {}
    errors: list[DeclarationError] = []
    for key, reference in {"header": declared.header, **declared.records}.items():
        try:
            found[key] = _struct(reference, folder, files)
        except DeclarationError as error:
            where = "codec.header" if key == "header" else f"codec.records.{key}"
            errors.append(DeclarationError(str(error), file=error.file, line=error.line, key=where))
    if errors:
        raise faults(errors)
    header = found.pop("header")
    return StructCodec(system, header, declared.type_field, found)


def _struct(reference: str, folder: Path, files: dict[str, ModuleType]) -> Any:
    file, _, name = reference.partition("#")
    if file not in files:
        files[file] = _run(folder / file)
    struct = getattr(files[file], name, None)
    if not isinstance(struct, c.Struct):
        raise DeclarationError(f"{file} has no struct {name}", file=str(folder / file), line=1)
    return struct


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise DeclarationError(f"names the file {path.name}, which cannot be read")
    spec = importlib.util.spec_from_file_location(f"_structs_of_{path.parent.name}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise DeclarationError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise DeclarationError(f"is no Python: {error.msg}", file=str(path), line=error.lineno or 1) from None
    except Exception as error:  # whatever the file raises, it is the file's fault
        frames = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), 1)
        text = f"cannot be run: {type(error).__name__}"
        raise DeclarationError(text, file=str(path), line=line or 1) from None
    return module
