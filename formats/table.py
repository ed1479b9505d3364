"""Fixed-width tables: a TOML file of rows → layouts.

    [tables.NAME]  rows that others repeat, as "@NAME" in place or as the entries of a list
    [records.TYPE] rows of one message type

A row is one of

    [field, width, type]                             a field (`formats.table_cells`)
    { field, width, type, ... }                      one that is out of the ordinary
    "@NAME"                                          the rows of a table, in place
    { group, of }                                    the rows of a table as a group of its own
    { list, of, count = [field, width], max, ... }   entries, counted by a field just before them
    { list, of, by = FIELD, max, ... }               entries, counted by a field anywhere before
    { list, of, max }                                always as many
    { views = { NAME = [values] }, by = FIELD }      tables over the same bytes, the one that FIELD says
    { views = [rows] }                               fields, groups and lists over the same bytes, all read
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from formats.charsets.charset import Charset, charset
from formats.errors import DeclarationError
from formats.layout import Field as Cell
from formats.layout import Group, Layout, Redefines, Repeat, Row, View, check_layout
from formats.numerals import Display
from formats.scalars import Number
from formats.table_cells import CellRow, Kind, scalar_of
from formats.toml_file import Notes, faults


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GroupRow(_Model):
    group: Annotated[str, Field(min_length=1)]
    of: str


class ViewsRow(_Model):
    views: Annotated[dict[str, tuple[str | int, ...]] | tuple["ViewRow", ...], Field(min_length=1)]
    """Table → the values of `by` that mean it; none: any other. Or rows, all of which are read."""
    by: str = ""
    """"": all views are read."""


class ListRow(_Model):
    list: Annotated[str, Field(min_length=1)]
    of: str
    count: tuple[str, Annotated[int, Field(ge=1, le=9)]] | None = None
    by: str = ""
    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)]
    not_sent: Annotated[int, Field(ge=0)] | None = None


def _row(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if len(value) != 3:
            raise ValueError("a row is [field, width, type]")
        value = dict(zip(("field", "width", "type"), value, strict=True))
    if not isinstance(value, dict):
        raise ValueError('a row is [field, width, type], "@TABLE" or a table')  # noqa: TRY004
    return next((kind for key, kind in _KINDS.items() if key in value), CellRow).model_validate(value)


_KINDS: Mapping[str, type[_Model]] = {"list": ListRow, "group": GroupRow, "views": ViewsRow}
_Written: TypeAlias = str | tuple[str, int, Kind] | ListRow | GroupRow | ViewsRow | CellRow
TableRow: TypeAlias = Annotated[
    str | ListRow | GroupRow | ViewsRow | CellRow, BeforeValidator(_row, json_schema_input_type=_Written)
]


ViewRow: TypeAlias = Annotated[
    ListRow | GroupRow | CellRow,
    BeforeValidator(_row, json_schema_input_type=tuple[str, int, Kind] | ListRow | GroupRow | CellRow),
]
ViewsRow.model_rebuild()


class Rows(_Model):
    rows: tuple[TableRow, ...]


class TableFile(_Model):
    tables: dict[str, Rows] = {}
    records: dict[str, Rows]


def table_layouts(
    file: TableFile, path: Path, text: str, own: Charset, header: str
) -> tuple[Layout, dict[str, Layout]]:
    """The header's layout and one a record. Raises an ExceptionGroup of all faults."""
    found: dict[str, Layout] = {}
    notes = Notes(path, text)
    maker = _Maker(file, own)

    def attempt(loc: tuple[str, ...], make: Callable[[], Layout]) -> Layout:
        try:
            layout = make()
            check_layout(layout, loc[-1])
        except DeclarationError as error:
            notes.note(str(error), *loc)
            return ()
        return layout

    head = attempt(("tables", header), lambda: maker.table(header))
    for type, rows in file.records.items():
        found[type] = attempt(("records", type), lambda rows=rows: maker.rows(rows, ()))  # type: ignore[misc]
    if notes.errors:
        raise faults(notes.errors)
    return head, found


class _Maker:
    def __init__(self, file: TableFile, own: Charset) -> None:
        self._tables: Mapping[str, Rows] = file.tables
        self._own = own

    def table(self, name: str, inside: tuple[str, ...] = ()) -> Layout:
        if name not in self._tables:
            raise DeclarationError(f"no table {name}", key=name)
        if name in inside:
            raise DeclarationError(f"table {name} holds itself", key=name)
        return self.rows(self._tables[name], (*inside, name))

    def rows(self, rows: Rows, inside: tuple[str, ...]) -> Layout:
        made: list[Row] = []
        for row in rows.rows:
            made += self._row(row, inside)
        return tuple(made)

    def _row(self, row: TableRow, inside: tuple[str, ...]) -> Layout:
        match row:
            case str():
                return self.table(row.removeprefix("@"), inside)
            case ListRow():
                return self._list(row, inside)
            case ViewsRow():
                return (Redefines(tuple(self._views(row, inside)), row.by),)
        return (self._one(row, inside),)

    def _one(self, row: GroupRow | CellRow, inside: tuple[str, ...]) -> Cell | Group:
        if isinstance(row, GroupRow):
            return Group(row.group, self.table(row.of, inside))
        return Cell(row.field, scalar_of(row, charset(row.charset) if row.charset else self._own))

    def _views(self, row: ViewsRow, inside: tuple[str, ...]) -> Iterator[View]:
        if isinstance(row.views, dict):
            for name, when in row.views.items():
                yield View(Group(name, self.table(name, inside)), when)
            return
        for view in row.views:
            made = self._list(view, inside)[-1] if isinstance(view, ListRow) else self._one(view, inside)
            assert not isinstance(made, Redefines)
            yield View(made)

    def _list(self, row: ListRow, inside: tuple[str, ...]) -> tuple[Row, ...]:
        entries = self.table(row.of, inside)
        if row.count is None:
            least = row.min if row.by else row.max
            return (Repeat(row.list, entries, least, row.max, row.by, row.not_sent),)
        name, width = row.count
        if row.by:
            raise DeclarationError(f"{row.list}: count or by, not both", key=row.list)
        if max(row.max, row.not_sent or 0) >= 10**width:
            raise DeclarationError(f"{name}: {row.max} entries do not fit {width} digits", key=name)
        repeat = Repeat(row.list, entries, row.min, row.max, name, row.not_sent)
        return Cell(name, Number(Display(width, self._own))), repeat
