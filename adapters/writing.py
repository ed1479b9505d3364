"""Values in standard terms → a customer's fields in a push or an answer.

Takes values that `adapters.projection` has put into the form the system writes; it adds nothing and loses
nothing. What is not in `values` stays blank. None becomes the clear mark of the field's type; fields that
belong to the other kind of party, or have no clear mark, stay blank.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from adapters.mapping import CLEAR, CLEAR_DATE, CustomerMap, Family, Single
from ecif.model import MARK, SLOT_ORDER, Value
from formats.codec import Fields, Path

Given = Mapping[str, Value | None]


class CustomerWriter:
    """Built once for one message type: it writes what that type has."""

    __slots__ = ("_families", "_number", "_singles")

    def __init__(self, mapped: CustomerMap, paths: Collection[Path]) -> None:
        there = set(paths)
        self._number = mapped.number if (mapped.number,) in there else None
        singles = (single for single in mapped.singles if (single.field,) in there)
        self._singles = tuple(
            single if (single.since,) in there else replace(single, since=None) for single in singles
        )
        families = (_present(family, there) for family in mapped.families)
        self._families = tuple(family for family in families if family is not None)

    @property
    def attributes(self) -> tuple[str, ...]:
        """What this message can carry, slots as their bare family."""
        names = [single.attribute for single in self._singles]
        for family in self._families:
            names += [family.name] if family.is_slot else [f"{family.name}:{key}" for key in family.keys]
            names += [f"{MARK}{key}" for key in family.keys] if family.mark else []
        return tuple(names)

    def write(
        self,
        kind: str,
        customer_no: str,
        values: Given,
        named: Mapping[str, str],
        days: Mapping[str, str] = {},
    ) -> Fields:
        """`kind` decides which fields there are; it is written only where it is among the values.

        `days`: since when values hold, for those that have a field for it.
        """
        fields: Fields = {}
        if self._number is not None and customer_no:
            fields[self._number] = customer_no
        for single in self._singles:
            if single.attribute in values and (single.only is None or single.only == kind):
                _write_single(single, values[single.attribute], fields)
                if single.since:
                    known = values[single.attribute] is not None
                    fields[single.since] = days.get(single.attribute, "") if known else CLEAR_DATE
        for family in self._families:
            if family.list:
                fields[family.list] = _entries(family, values)
            elif family.fixed:
                _write_fixed(family, values, fields)
            elif family.name in values:
                _write_slot(family, values[family.name], kind, named, fields)
        return fields


def _present(family: Family, there: set[Path]) -> Family | None:
    """What of it a layout has."""
    if family.fixed:
        fixed = tuple(place for place in family.fixed if (place.main,) in there)
        return replace(family, fixed=fixed) if fixed else None
    return family if (*((family.list,) if family.list else ()), family.main) in there else None


def _own(single: Single, value: Value) -> Any:
    if single.table is not None:
        own = single.table.write(str(value))
        return "" if own is None else own
    return Decimal(str(value)) if single.type == "amount" else value


def _write_single(single: Single, value: Value | None, fields: Fields) -> None:
    if value is not None:
        fields[single.field] = _own(single, value)
    elif single.clear:
        fields[single.field] = CLEAR_DATE if single.type == "date" else CLEAR


def _write_slot(
    family: Family, value: Value | None, kind: str, named: Mapping[str, str], fields: Fields
) -> None:
    key, main, extra = (None, CLEAR, None) if value is None else _three(value)
    if family.key is not None and family.table is not None:
        own = family.table.exact(key or _cleared_key(family, kind, named))
        fields[family.key] = "" if own is None else own
    _put(family, family.main, family.extra, main, extra, fields)


def _cleared_key(family: Family, kind: str, named: Mapping[str, str]) -> str:
    """The type to write beside a clear mark: the one last named, else the first that can stand there."""
    order = (named.get(family.name, ""), *SLOT_ORDER.get((family.name, kind), ()), *family.keys)
    return next((key for key in order if key in family.keys), "")


def _write_fixed(family: Family, values: Given, fields: Fields) -> None:
    for place in family.fixed:
        name = f"{family.name}:{place.key}"
        if name in values:
            _put(family, place.main, place.extra, *_pair(values[name]), fields)


def _entries(family: Family, values: Given) -> list[Fields]:
    entries: list[Fields] = []
    for key in family.keys:
        name = f"{family.name}:{key}"
        if name in values and family.table is not None:
            entry: Fields = {family.key or "": family.table.exact(key)}
            _put(family, family.main, family.extra, *_pair(values[name]), entry)
            if family.mark is not None and values.get(f"{MARK}{key}") is not None:
                entry[family.mark.field] = family.mark.yes
            entries.append(entry)
    return entries


def _put(
    family: Family, at: str, extra_at: str | None, main: str | None, extra: str | None, fields: Fields
) -> None:
    if main is not None:
        fields[at] = main
    if extra_at is not None and extra is not None:
        fields[extra_at] = CLEAR_DATE if family.dated and extra == CLEAR else extra


def _pair(value: Value | None) -> tuple[str | None, str | None]:
    """(number or line, expiry or postcode)"""
    if value is None:
        return CLEAR, None
    if isinstance(value, str):
        return value, None
    return value[0], value[1]


def _three(value: Value) -> tuple[str | None, str | None, str | None]:
    if isinstance(value, str):
        raise TypeError("the value of a slot is (key, number or line, expiry or postcode)")
    return value[0], value[1], value[2]
