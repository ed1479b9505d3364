"""Fixed-width tables: a TOML file of rows → layouts.

    [tables.NAME]  rows that others repeat, as "@NAME" in place or as the entries of a list
    [records.TYPE] rows of one message type

A row is `[field, width, type]`, `"@NAME"`, `{ list, of, count = [field, width], max, not_sent }`, or
`{ field, width, type, ... }` for what is out of the ordinary. Types: text, code, digits, date, time, amount
(loan.md: text blank on the right, digits zero on the left, amounts with two implied decimals and a trailing
separate sign; "*" and blanks is the clear mark of digits and amounts).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from formats.charsets.charset import Charset, charset
from formats.errors import DeclarationError
from formats.layout import Field as Cell
from formats.layout import Layout, Repeat, Row, check_layout
from formats.numerals import Display, Sign
from formats.scalars import Amount, Date, Number, Scalar, Text, Time
from formats.toml_file import faults, line_of

Kind: TypeAlias = Literal["text", "code", "digits", "date", "time", "amount"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CellRow(_Model):
    field: Annotated[str, Field(min_length=1)]
    width: Annotated[int, Field(ge=1, le=99_999, strict=True)]
    type: Kind
    charset: str = ""
    """Another one than the file's."""
    decimals: Annotated[int, Field(ge=0, le=9)] = 2
    sign: Literal["none", "leading", "trailing"] = "trailing"
    """Of an amount."""


class ListRow(_Model):
    list: Annotated[str, Field(min_length=1)]
    of: str
    count: tuple[str, Annotated[int, Field(ge=1, le=9)]]
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
    return (ListRow if "list" in value else CellRow).model_validate(value)


_Written: TypeAlias = str | tuple[str, int, Kind] | ListRow | CellRow
TableRow: TypeAlias = Annotated[
    str | ListRow | CellRow, BeforeValidator(_row, json_schema_input_type=_Written)
]


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
    errors: list[DeclarationError] = []
    maker = _Maker(file, own)

    def attempt(loc: tuple[str, ...], make: Callable[[], Layout]) -> Layout:
        try:
            layout = make()
            check_layout(layout, loc[-1])
        except DeclarationError as error:
            line = line_of(text, loc)
            errors.append(DeclarationError(str(error), file=str(path), line=line, key=".".join(loc)))
            return ()
        return layout

    head = attempt(("tables", header), lambda: maker.table(header))
    for type, rows in file.records.items():
        found[type] = attempt(("records", type), lambda rows=rows: maker.rows(rows, ()))  # type: ignore[misc]
    if errors:
        raise faults(errors)
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
            if isinstance(row, str):
                made += self.table(row.removeprefix("@"), inside)
            elif isinstance(row, ListRow):
                made += self._list(row, inside)
            else:
                made.append(Cell(row.field, _scalar(row, charset(row.charset) if row.charset else self._own)))
        return tuple(made)

    def _list(self, row: ListRow, inside: tuple[str, ...]) -> tuple[Row, Row]:
        name, width = row.count
        if max(row.max, row.not_sent or 0) >= 10**width:
            raise DeclarationError(f"{name}: {row.max} entries do not fit {width} digits", key=name)
        entries = self.table(row.of, inside)
        repeat = Repeat(row.list, entries, row.min, row.max, name, row.not_sent)
        return Cell(name, Number(Display(width, self._own))), repeat


def _scalar(row: CellRow, own: Charset) -> Scalar:
    match row.type:
        case "text" | "code":
            return Text(row.width, own, row.type)
        case "digits":
            return Number(Display(row.width, own, clear=True))
        case "amount":
            return Amount(Display(row.width, own, Sign(row.sign), clear=True), row.decimals)
        case "date":
            _must(row, 8)
            return Date(Display(8, own), blank="")
        case "time":
            _must(row, 14)
            return Time(Display(14, own))


def _must(row: CellRow, width: int) -> None:
    if row.width != width:
        raise DeclarationError(f"{row.field}: a {row.type} is {width} wide", key=row.field)
