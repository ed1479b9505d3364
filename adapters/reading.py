"""A customer message's fields → what it says of the party, in standard terms.

Blank says nothing, the clear mark becomes None; see `ecif.model.PartyChange` for partial entries. Problems
are collected, not raised: which one the sender is told depends on all of them (`adapters.refusals`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from adapters.clock import day_start
from adapters.codes import CodeTable
from adapters.declaration.customer import Mark
from adapters.mapping import CLEAR, CLEAR_DATE, CustomerMap, Family, Single
from adapters.refusals import (
    BLANK,
    BLANK_RULE,
    CLEARED_RULE,
    NOT_IN_TABLE,
    TABLE_RULE,
    UNREADABLE,
    Problem,
)
from adapters.texts import plain_text
from ecif.model import MARK, Value
from formats.codec import Fields, Path

Values = dict[str, Value | None]
Problems = list[Problem]
_NOTHING: Mapping[str, int] = {}


def read_code(table: CodeTable, own: Any, path: Path, problems: Problems) -> str:
    """The standard code; "" where it is blank, means unknown or is faulty; the clear mark as it is."""
    if own is None or own == "":
        return ""
    if own == CLEAR:
        return CLEAR
    code = table.read(own)
    if code is None:
        problems.append(Problem(NOT_IN_TABLE, path, TABLE_RULE))
        return ""
    return code


def read_optional_seq(fields: Fields, field: str, limit: int, problems: Problems) -> int:
    """0 where it is blank: then the hub counts."""
    return read_seq(fields, field, limit, problems) if fields.get(field, "") not in ("", 0) else 0


def read_seq(fields: Fields, field: str, limit: int, problems: Problems) -> int:
    seq = fields.get(field, "")
    if not isinstance(seq, int):
        problems.append(Problem(BLANK, (field,), CLEARED_RULE if seq == CLEAR else BLANK_RULE))
        return 0
    if seq == 0:
        problems.append(Problem(BLANK, (field,), BLANK_RULE))
    elif seq < 0:
        problems.append(Problem(UNREADABLE, (field,), "negative"))
    elif seq > limit:
        problems.append(Problem(UNREADABLE, (field,), f"over {limit}"))
    return seq


def note_once(problem: Problem, problems: Problems) -> None:
    """Where a required field is half of a pair as well."""
    if all(problem.path != other.path for other in problems):
        problems.append(problem)


class Required:
    """The fields of one message that must say something."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Sequence[str], tables: Mapping[str, CodeTable]) -> None:
        self._fields = tuple((field, tables.get(field)) for field in fields)

    def check(self, fields: Fields, problems: Problems) -> None:
        for field, table in self._fields:
            value = fields.get(field)
            if value is None or value == "" or value == [] or (isinstance(value, str) and value.isspace()):
                problems.append(Problem(BLANK, (field,), BLANK_RULE))
            elif value == CLEAR:
                problems.append(Problem(BLANK, (field,), CLEARED_RULE))
            elif table is not None and table.read(value) == "":
                problems.append(Problem(BLANK, (field,), BLANK_RULE))


class _Singles(NamedTuple):
    """Single values that one kind of party can have, sorted by how they are read."""

    coded: tuple[tuple[str, str, CodeTable], ...]
    plain: tuple[tuple[str, str, str], ...]
    """(attribute, field, what withdraws it besides the clear mark)"""
    amounts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, singles: Sequence[Single]) -> "_Singles":
        return cls(
            tuple((one.attribute, one.field, one.table) for one in singles if one.table is not None),
            tuple(
                (one.attribute, one.field, CLEAR_DATE if one.type == "date" else CLEAR)
                for one in singles
                if one.table is None and one.type != "amount"
            ),
            tuple(
                (one.attribute, one.field) for one in singles if one.table is None and one.type == "amount"
            ),
        )

    def read(self, fields: Fields, values: Values, problems: Problems) -> None:
        get = fields.get
        for attribute, field, table in self.coded:
            own = get(field)
            if own == CLEAR:
                values[attribute] = None
            elif code := read_code(table, own, (field,), problems):
                values[attribute] = code
        for attribute, field, cleared in self.plain:
            if (own := get(field)) and not own.isspace():
                values[attribute] = None if own in (CLEAR, cleared) else plain_text(own)
        for attribute, field in self.amounts:
            own = get(field, "")
            if own is not None and own != "":
                values[attribute] = None if own == CLEAR else f"{own:.2f}"


class CustomerReader:
    """Built once for a system; `read` is on the way of every image."""

    __slots__ = ("_common", "_dated", "_families", "_kind", "_of_kind")

    def __init__(self, mapped: CustomerMap) -> None:
        self._kind = _Singles.of([single for single in mapped.singles if single is mapped.kind])
        others = [single for single in mapped.singles if single is not mapped.kind]
        self._common = _Singles.of([single for single in others if single.only is None])
        self._of_kind: Mapping[Any, _Singles] = {
            kind: _Singles.of([single for single in others if single.only in (None, kind)])
            for kind in {single.only for single in others} - {None}
        }
        self._families = mapped.families
        self._dated = tuple((single.attribute, single.since) for single in mapped.singles if single.since)

    def since(self, fields: Fields, values: Values, sent: int, offset: int) -> Mapping[str, int]:
        """Of the values that say so themselves; nothing holds from after it was said."""
        if not self._dated:
            return _NOTHING
        said = ((name, fields.get(field, "")) for name, field in self._dated if name in values)
        days = ((name, day_start(day, offset)) for name, day in said)
        return {name: min(day, sent) for name, day in days if day is not None}

    def read(self, fields: Fields, problems: Problems) -> tuple[Values, dict[str, str]]:
        """(values, named)"""
        values: Values = {}
        named: dict[str, str] = {}
        self._kind.read(fields, values, problems)
        kind = values.get("kind")
        self._of_kind.get(kind, self._common).read(fields, values, problems)
        for family in self._families:
            if family.list:
                _read_list(family, fields, values, problems)
            elif family.fixed:
                _read_fixed(family, fields, values)
            else:
                _read_slot(family, fields, values, named, problems)
        return values, named


def _said(fields: Fields, name: str) -> str:
    """Formats that do not pad hand blanks on: they say no more than nothing does."""
    own: str = fields.get(name, "")
    return "" if own.isspace() else own


def _read_slot(
    family: Family, fields: Fields, values: Values, named: dict[str, str], problems: Problems
) -> None:
    main = _said(fields, family.main)
    extra = _extra(family, family.extra, fields)
    key = ""
    if family.key is not None:
        own = fields.get(family.key, "")
        if own == main == CLEAR:  # all of the slot is withdrawn: no type is needed to say which
            values[family.name] = None
            return
        key = _key(family, own, (family.key,), main, problems)
        if not key:
            return
    if main == "" and extra is None:
        return
    if key:
        named[family.name] = key
    values[family.name] = None if main == CLEAR else (key, plain_text(main) or None, extra)


def _read_list(family: Family, fields: Fields, values: Values, problems: Problems) -> None:
    name, key_field = family.list or "", family.key or ""
    for index, entry in enumerate(fields.get(name) or ()):
        main = _said(entry, family.main)
        key = _key(family, entry.get(key_field, ""), (name, index, key_field), main, problems)
        if key:
            _put(family, key, main, _extra(family, family.extra, entry), values)
            if family.mark is not None:
                _put_mark(family.mark, key, main, entry, values)


def _read_fixed(family: Family, fields: Fields, values: Values) -> None:
    for place in family.fixed:
        extra = _extra(family, place.extra, fields)
        _put(family, place.key, _said(fields, place.main), extra, values)


def _put(family: Family, key: str, main: str, extra: str | None, values: Values) -> None:
    if main == "" and extra is None:
        return
    name = f"{family.name}:{key}"
    if main == CLEAR:
        values[name] = None
    else:
        values[name] = plain_text(main) if family.plain else (plain_text(main) or None, extra)


def _put_mark(mark: Mark, key: str, main: str, entry: Fields, values: Values) -> None:
    """Blank says nothing; a document that is withdrawn takes its mark along."""
    said = entry.get(mark.field)
    if said == mark.no or main == CLEAR:
        values[f"{MARK}{key}"] = None
    elif said == mark.yes and main:
        values[f"{MARK}{key}"] = plain_text(main)


def _key(family: Family, own: Any, path: Path, main: str, problems: Problems) -> str:
    """Which type or use an entry is of; "" where it does not say. With a number that is half a pair."""
    key: str | None = ""
    if own not in ("", None, CLEAR) and family.table is not None:
        key = family.table.read(own)
        if key is None:
            problems.append(Problem(NOT_IN_TABLE, path, TABLE_RULE))
            return ""
    if not key and main != "":
        problems.append(Problem(BLANK, path, CLEARED_RULE if own == CLEAR else BLANK_RULE))
    return key or ""


def _extra(family: Family, field: str | None, fields: Fields) -> str | None:
    """Expiry or postcode: None where nothing is said, the clear mark where it is withdrawn."""
    own = fields.get(field, "") if field else ""
    if own == "" or own is None:
        return None
    if own == CLEAR or (family.dated and own == CLEAR_DATE):
        return CLEAR
    return plain_text(own)
