"""Family `copybook`: what a [codec] section says of copybooks, and the codec made of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from formats.charsets.charset import Charset, charset
from formats.copybook.copying import Library
from formats.copybook.items import COMPILERS, Item
from formats.copybook.layout import Dialect, Selector, layout_of
from formats.copybook.parse import parse_copybook, records_of
from formats.copybook.platform import Platform, platform_of
from formats.declaring import DeclaredFamily, Sizes, demand_file, leaves, own_charset, wrong_sizes
from formats.errors import DeclarationError
from formats.layout import Layout, Redefines, Repeat, check_layout, fields_of
from formats.records import RecordCodec
from formats.toml_file import faults, read_text

_RECORD_KEYS = {"header": "codec.header"}


class SelectorDeclaration(DeclaredFamily):
    """Which view of a redefined item counts."""

    field: str
    when: Annotated[dict[str, tuple[str | int, ...]], Field(min_length=1)]
    """View → values of the field; a view that is not named: all other values."""


class CopybookDeclaration(DeclaredFamily):
    family: Literal["copybook"]
    charset: str
    header: str
    """`file.cpy#GROUP`: how every record begins."""
    type_field: str
    records: Annotated[dict[str, str], Field(min_length=1)]
    """Message type → copybook, or a record or group of one."""
    charsets: dict[str, str] = Field(default_factory=dict)
    """Fields in another charset."""
    kinds: dict[str, Literal["date", "time", "required"]] = Field(default_factory=dict)
    groups: tuple[str, ...] = ()
    """Groups that keep their fields together; those of all others stand in the record itself."""
    selectors: dict[str, SelectorDeclaration] = Field(default_factory=dict)
    """Redefined item → what says which view counts. Without: every view that can be read."""
    sizes: Sizes = Field(default_factory=dict)
    source: Literal["fixed", "free"] | None = None
    """Reference format; it is seen where this is absent."""
    compiler: Literal["ibm", "gnucobol"] = "ibm"
    """Whose sizes and boundaries of numbers."""
    double: str = ""
    """Charset of PIC G, where it is not `charset`."""
    binary: Literal["big", "little"] | None = None
    """Byte order of COMP."""
    native: Literal["big", "little"] | None = None
    """Byte order of COMP-5 and of floating point."""
    floating: Literal["ibm", "ieee"] | None = None
    """Form of COMP-1 and COMP-2. All three follow the charset where they are absent."""


def load_copybooks(declared: CopybookDeclaration, folder: Path, system: str) -> RecordCodec:
    """Raises an ExceptionGroup of all DeclarationErrors."""
    errors: list[DeclarationError] = []
    layouts: dict[str, Layout] = {}
    dialect = _dialect(declared, errors)
    books = _Books(declared, folder)
    for key, reference in {"header": declared.header, **declared.records}.items():
        try:
            demand_file(folder, reference.partition("#")[0], _RECORD_KEYS.get(key, f"codec.records.{key}"))
            layouts[key] = books.layout(reference, dialect)
        except* DeclarationError as group:
            errors += leaves(group)
    if not errors:
        errors += _unknown_names(declared, layouts)
    errors += wrong_sizes(declared.sizes, layouts)
    if errors:
        raise faults(errors)
    header = layouts.pop("header")
    return RecordCodec(system, header, declared.type_field, layouts, dialect.platform.charset.blank)


def _dialect(declared: CopybookDeclaration, errors: list[DeclarationError]) -> Dialect:
    charsets = _charsets(declared.charsets, errors)
    selectors = {name: Selector(one.field, one.when) for name, one in declared.selectors.items()}
    return Dialect(_platform(declared, errors), charsets, declared.kinds, declared.groups, selectors)


def _platform(declared: CopybookDeclaration, errors: list[DeclarationError]) -> Platform:
    double = None
    if declared.double:
        try:
            double = charset(declared.double)
        except DeclarationError as error:
            errors.append(DeclarationError(str(error), key="codec.double"))
    found = platform_of(own_charset(declared.charset, errors), double=double)
    return replace(
        found,
        binary=declared.binary or found.binary,
        native=declared.native or found.native,
        floating=declared.floating or found.floating,
    )


def _charsets(names: Mapping[str, str], errors: list[DeclarationError]) -> Mapping[str, Charset]:
    found = {}
    for field, name in names.items():
        try:
            found[field] = charset(name)
        except DeclarationError as error:
            errors.append(DeclarationError(str(error), key=f"codec.charsets.{field}"))
    return found


class _Books:
    """Copybooks read once, though several messages name them."""

    def __init__(self, declared: CopybookDeclaration, folder: Path) -> None:
        self._library = Library((folder,), declared.source)
        self._compiler = COMPILERS[declared.compiler]
        self._folder = folder
        self._files: dict[str, list[Item]] = {}

    def layout(self, reference: str, dialect: Dialect) -> Layout:
        file, _, group = reference.partition("#")
        path = self._folder / file
        if file not in self._files:
            self._files[file] = parse_copybook(
                read_text(path), str(path), library=self._library, compiler=self._compiler
            )
        item = _item(self._files[file], group, str(path))
        try:
            layout = layout_of(item, dialect)
            check_layout(layout, item.name)
        except DeclarationError as error:
            line = error.line or next((i.line for i in item.walk() if i.name == error.key), item.line)
            where = error.file or str(path)
            raise DeclarationError(str(error), file=where, line=line, key=error.key) from None
        return layout


def _item(roots: list[Item], group: str, file: str) -> Item:
    found = [item for root in roots for item in root.walk() if item.name == group]
    if not group:
        found = records_of(roots)
    if len(found) != 1:
        what = group or "record"
        raise DeclarationError(f"{len(found)} of {what}, not one", file=file, line=1, key=what)
    return found[0]


def _unknown_names(
    declared: CopybookDeclaration, layouts: Mapping[str, Layout]
) -> Iterator[DeclarationError]:
    known = {path[-1] for layout in layouts.values() for path, _ in fields_of(layout)}
    for section in ("charsets", "kinds"):
        for field in getattr(declared, section):
            if field not in known:
                yield DeclarationError(f"no field {field} in any record", key=f"codec.{section}.{field}")
    for group in set(declared.groups) - known:
        yield DeclarationError(f"no group {group} in any record", key="codec.groups")
    rows = [row for layout in layouts.values() for _, row in fields_of(layout)]
    counts = {row.count for row in rows if isinstance(row, Repeat)}
    for field, kind in declared.kinds.items():
        if kind == "required" and field in known - counts:
            yield DeclarationError(f"{field} counts no table", key=f"codec.kinds.{field}")
    yield from _unknown_views(declared, layouts)


def _unknown_views(
    declared: CopybookDeclaration, layouts: Mapping[str, Layout]
) -> Iterator[DeclarationError]:
    redefined = {row.views[0].row.name: row for layout in layouts.values() for row in _redefines(layout)}
    for name, selector in declared.selectors.items():
        key = f"codec.selectors.{name}"
        if name not in redefined:
            yield DeclarationError(f"no record redefines {name}", key=key)
            continue
        views = {view.row.name for view in redefined[name].views}
        for view in set(selector.when) - views:
            yield DeclarationError(f"{view} is no view of {name}", key=f"{key}.when.{view}")


def _redefines(layout: Layout) -> Iterator[Redefines]:
    for row in layout:
        if isinstance(row, Redefines):
            yield row
            for view in row.views:
                yield from _redefines((view.row,))
        elif not hasattr(row, "scalar"):
            yield from _redefines(row.rows)
