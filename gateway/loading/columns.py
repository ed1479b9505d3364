"""CSV rows → fields of a message type: the header names the layout's fields, as `ecif spec` lists them.

An entry of a list is a column of its own, counted from 1: `ACCT(1).ACCT-NO` (or `ACCT.1.ACCT-NO`). Cells are
text as the field has it; a date may also be written 2026-01-31, a time 2026-01-31 09:30:00. A blank cell says
nothing, `*` withdraws where the layout has the clear mark. The column of a count is passed over, since it is
computed; one of the message type chooses the type of its row.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TextIO, TypeAlias

from formats.codec import Codec, FieldFacts
from formats.copybook.files import BrokenFile
from formats.errors import Fault, Place, Refused
from formats.scalars import CodeByte
from gateway.loading.pieces import Piece

CLEAR = "*"
_ENTRY = re.compile(r"[(\[.](\d{1,4})[)\]]?\.(.+)")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)")

Read: TypeAlias = Callable[[str], Any]


class UnknownColumns(Exception):
    """A header that does not fit the layout: which columns, and which there could be."""


class _Column(NamedTuple):
    name: str
    read: Read
    field: str
    inside: str = ""
    """The list or group that the field stands in."""
    entry: int = 0
    """Of a list, from 1."""


def rows(stream: TextIO, codec: Codec, type: str) -> Iterator[Piece]:
    """Raises UnknownColumns for the header, BrokenFile for what is no CSV in UTF-8."""
    reader = csv.reader(stream, strict=True)
    try:
        header = next(reader, [])
        row = _Row(header, codec, type)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield row.piece(line, cells)
            line = reader.line_num + 1
    except UnicodeDecodeError:
        raise BrokenFile(reader.line_num + 1, "is not UTF-8") from None
    except csv.Error:
        raise BrokenFile(reader.line_num, "is no CSV") from None


class _Row:
    """How a row becomes fields; made once a file."""

    def __init__(self, header: Sequence[str], codec: Codec, type: str) -> None:
        self._type, self._types = type, codec.types
        facts = {fact.path: fact for fact in codec.facts(type)}
        known = {path: fact for path, fact in facts.items() if fact.kind not in ("list", "group", "count")}
        names = [name.strip() for name in header]
        counts = {".".join(map(str, path)) for path, fact in facts.items() if fact.kind == "count"}
        found = [None if name in counts else _column(name, known, facts) for name in names]
        unknown = [
            name for name, column in zip(names, found, strict=True) if column is None and name not in counts
        ]
        twice = sorted({name for name in names if names.count(name) > 1})
        if unknown or twice or not names:
            raise UnknownColumns(_complaint(type, unknown, twice, facts.values()))
        self._columns = found
        self._typed = next((str(path[0]) for path, fact in facts.items() if fact.kind == "type"), "")

    def piece(self, line: int, cells: Sequence[str]) -> Piece:
        if len(cells) != len(self._columns):
            return _bad(line, "row", f"has {len(cells)} cells, the header {len(self._columns)}")
        fields: dict[str, Any] = {}
        lists: dict[str, dict[int, dict[str, Any]]] = {}
        for column, cell in zip(self._columns, cells, strict=True):
            if column is None or not (text := cell.strip()):
                continue
            try:
                value = text if text == CLEAR else column.read(text)
            except Refused as refused:
                return _bad(line, column.name, refused.rule)
            if column.entry:
                lists.setdefault(column.inside, {}).setdefault(column.entry, {})[column.field] = value
            elif column.inside:
                fields.setdefault(column.inside, {})[column.field] = value
            else:
                fields[column.field] = value
        fields.update({name: [found[n] for n in sorted(found)] for name, found in lists.items()})
        type = str(fields.pop(self._typed, self._type))
        if type not in self._types:
            return _bad(line, self._typed, "unknown type")
        return Piece(line, type=type, fields=fields)


def _bad(line: int, label: str, rule: str) -> Piece:
    return Piece(line, fault=Fault(Place(label, 0, 0), rule))


def _column(
    name: str, known: Mapping[tuple[str | int, ...], FieldFacts], all: Mapping[Any, FieldFacts]
) -> _Column | None:
    for path, fact in known.items():
        *around, field = map(str, path)
        if not around and field == name:
            return _Column(name, _reader(fact), field)
        if len(around) != 1 or not name.startswith(around[0]):
            continue
        rest = name[len(around[0]) :]
        if all[path[:-1]].kind == "group" and rest == f".{field}":
            return _Column(name, _reader(fact), field, around[0])
        entry = _ENTRY.fullmatch(rest)
        if all[path[:-1]].kind == "list" and entry and entry[2] == field and int(entry[1]):
            return _Column(name, _reader(fact), field, around[0], int(entry[1]))
    return None


def _complaint(type: str, unknown: Sequence[str], twice: Sequence[str], facts: Iterable[FieldFacts]) -> str:
    """Names of columns are not values of customers, but a file without a header has those there: the text
    tells where a wrong name stands, and what it could be, not what it says."""
    known = []
    for fact in facts:
        *around, field = map(str, fact.path)
        if fact.kind not in ("list", "group", "count"):
            known.append(f"{'.'.join(around)}(1).{field}" if around else field)
    wrong = f"{len(unknown)} column(s) of the header are no fields of {type}" if unknown else ""
    again = f"{len(twice)} stand twice" if twice else ""
    said = "; ".join(filter(None, (wrong, again))) or "there is no header"
    return f"{said}. Its fields are: {', '.join(known)}"


# ---------------------------------------------------------------- cells


def _reader(fact: FieldFacts) -> Read:
    if isinstance(fact.scalar, CodeByte):
        return _number
    return _READERS.get(fact.kind or str(getattr(fact.scalar, "kind", "")), str)


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise Refused("not a number")
    return int(text)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Refused("not an amount") from None
    if not amount.is_finite():
        raise Refused("not an amount")
    return amount


def _date(text: str) -> str:
    return "".join(match.groups()) if (match := _DAY.fullmatch(text)) else text


def _time(text: str) -> str:
    return "".join(match.groups()) if (match := _TIME.fullmatch(text)) else text


_READERS: Mapping[str, Read] = {"number": _number, "amount": _amount, "date": _date, "time": _time}
