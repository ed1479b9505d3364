"""What the families' declarations share: models, charsets, files beside them, sizes given by a sheet."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from formats.charsets.charset import Charset, charset
from formats.errors import DeclarationError
from formats.layout import Layout, sizes_of


class DeclaredFamily(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Sizes: TypeAlias = dict[str, Annotated[int, Field(ge=1, strict=True)]]
"""Message type → its bytes without repeats, as the system's own sheet says: the layout must add up to it."""


def demand_file(folder: Path, name: str, key: str) -> None:
    """A file that is not there is a fault of the key that names it."""
    if not (folder / name).is_file():
        raise DeclarationError(f"names the file {name}, which cannot be read", key=key)


def own_charset(name: str, errors: list[DeclarationError]) -> Charset:
    """A stand-in where there is none of that name, so that the other faults are found too."""
    try:
        return charset(name)
    except DeclarationError as error:
        errors.append(DeclarationError(str(error), key="codec.charset"))
        return charset("ascii")


def leaves(group: BaseExceptionGroup[DeclarationError]) -> Iterator[DeclarationError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def wrong_sizes(sizes: Sizes, layouts: Mapping[str, Layout]) -> Iterator[DeclarationError]:
    for type, size in sizes.items():
        found = sizes_of(layouts[type])[0] if type in layouts else size
        if found != size:
            text = f"the layout of {type} adds up to {found} bytes, not {size}"
            yield DeclarationError(text, key=f"codec.sizes.{type}")
