"""Which 01 of a copybook a record follows: told by a field that all of them have.

The field's 88s (or its VALUE) in each 01 say which values mean that record; an 01 without any means all other
values. Without a field named, the first one is taken that stands at the same place in every 01 and whose
values differ.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from formats.copybook.items import Item, qualified
from formats.copybook.platform import Platform
from formats.copybook.values import reader_of
from formats.errors import DeclarationError, Refused


class Chooser:
    """Record's bytes → its 01, or None where the field means none."""

    def __init__(
        self,
        roots: Sequence[Item],
        platform: Platform,
        field: str = "",
        values: Mapping[str, str] | None = None,
    ) -> None:
        self._by_value: dict[str, Item] = {}
        self._other: Item | None = roots[0] if len(roots) == 1 else None
        self.field = ""
        if len(roots) == 1:
            return
        field = field or _seen(roots)
        self.field = field
        fields = [_found(root, field) for root in roots]
        first = fields[0]
        self._slice = slice(first.offset, first.offset + first.size)
        if any((item.offset, item.size) != (first.offset, first.size) for item in fields):
            raise DeclarationError(f"{field} does not stand at the same place in every record")
        self._read = reader_of(first, platform)
        named = {root.name: root for root in roots}
        for value, name in (values or {}).items():
            if name not in named:
                raise DeclarationError(f"there is no record {name}: there are {', '.join(named)}")
            self._by_value[value] = named[name]
        if not values:
            self._take_conditions(zip(roots, fields, strict=True))

    def _take_conditions(self, pairs: Any) -> None:
        for root, item in pairs:
            values = _values(item)
            for value in values:
                if value in self._by_value:
                    raise DeclarationError(f"{self.field} {value!r} means two records")
                self._by_value[value] = root
            if not values and self._other is not None:
                raise DeclarationError(f"{self.field} has no values in two records")
            self._other = self._other if values else root

    def choose(self, data: bytes) -> Item | None:
        if not self.field:
            return self._other
        try:
            value = str(self._read(data[self._slice]))
        except (Refused, IndexError):
            return self._other
        return self._by_value.get(value, self._other)

    @property
    def place(self) -> slice:
        return self._slice


def _seen(roots: Sequence[Item]) -> str:
    for item in roots[0].walk():
        if item.children or item.is_filler or not _values(item):
            continue
        alike = [found for root in roots for found in qualified(root.walk(), (item.name,))]
        if len(alike) == len(roots) and len({(i.offset, i.size) for i in alike}) == 1:
            values = [value for one in alike for value in _values(one)]
            if len(values) == len(set(values)):
                return item.name
    names = ", ".join(root.name for root in roots)
    raise DeclarationError(f"no field tells its records apart ({names}): name one by --by, or one record")


def _found(root: Item, field: str) -> Item:
    found = qualified(root.walk(), (field,))
    if len(found) != 1 or found[0].children:
        raise DeclarationError(f"{root.name} has no field {field}" if not found else f"{field} is no field")
    return found[0]


def _values(item: Item) -> list[str]:
    """As they are read: numbers without leading zeros."""
    values = [low for condition in item.conditions for low, _ in condition.values]
    if not values and item.value is not None:
        values = [item.value]
    if item.picture is not None and item.picture.kind == "9":
        return [value.lstrip("+0") or "0" for value in values]
    return [value.rstrip() for value in values]
