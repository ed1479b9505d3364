"""A copybook rewritten as the TOML file of a fixed-width table (`formats.table`): same bytes, same values.

For whoever would rather keep layouts in one form. Groups become tables that are taken in place, repeated
groups lists, redefinitions views; 66 and 88 have no place there and stay behind as comments.
"""

import re
from collections.abc import Iterator, Sequence

from formats.copybook.items import RENAMES, Item
from formats.copybook.platform import Platform
from formats.copybook.usages import has_no_picture

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def to_toml(records: Sequence[Item], platform: Platform) -> str:
    """Raises DeclarationError where a table cannot say it (digits in UTF-16)."""
    writer = _Writer(platform)
    parts = [_section(f"records.{_key(root.name)}", writer.rows(root)) for root in records]
    tables = [_section(f"tables.{_key(name)}", rows) for name, rows in writer.tables.items()]
    return "\n".join([*tables, *parts])


def _section(name: str, rows: Sequence[str]) -> str:
    return "\n".join([f"[{name}]", "rows = [", *(f"    {row}" for row in rows), "]", ""])


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else f'"{name}"'


class _Writer:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.tables: dict[str, list[str]] = {}

    def rows(self, item: Item) -> list[str]:
        if not item.children:
            return [self._cell(item, item.name)]
        rows: list[str] = []
        below = [child for child in item.children if child.level != RENAMES]
        for main in (child for child in below if not child.redefines):
            views = [child for child in below if child.redefines and child.offset == main.offset]
            rows += _filler(main.slack)
            rows.append(self._views(main, views) if views else self._row(main))
        return [*rows, *_filler(item.tail)]

    def _row(self, item: Item) -> str:
        if item.occurs is not None:
            return self._list(item, item.name)
        if item.children:
            return f'"@{self._table(item)}",'
        return self._cell(item, "" if item.is_filler else item.name)

    def _table(self, item: Item) -> str:
        """The name of a table with the rows of this group."""
        rows = self.rows(item)
        name, number = item.name, 1
        while self.tables.get(name, rows) != rows:
            number += 1
            name = f"{item.name}-{number}"
        self.tables[name] = rows
        return name

    def _list(self, item: Item, name: str) -> str:
        if item.is_filler and name == item.name:
            if not item.children and not item.is_variable:
                return _filler(item.extent)[0]
            raise item.fault("a table without a name")
        assert item.occurs is not None
        least, most = item.occurs
        times = f"max = {most}"
        if item.counter is not None:
            times = f'by = "{item.counter.name}", min = {least}, max = {most}'
        return f'{{ list = "{name}", of = "{self._table(item)}", {times} }},'

    def _views(self, main: Item, others: Sequence[Item]) -> str:
        written = []
        for number, item in enumerate((main, *others), start=1):
            name = f"{main.name}-{number}" if item.is_filler else item.name
            if item.occurs is not None:
                row = self._list(item, name)
            elif item.children:
                row = f'{{ group = "{name}", of = "{self._table(item)}" }},'
            else:
                row = self._cell(item, name)
            written.append(row.removesuffix(","))
        return f"{{ views = [{', '.join(written)}] }},"

    def _cell(self, item: Item, name: str) -> str:
        if not name:
            return _filler(item.size)[0]
        keys = dict(self._keys(item))
        if keys == {"type": '"text"'}:
            return f'["{name}", {item.size}, "text"],'
        told = ", ".join(f"{key} = {value}" for key, value in keys.items())
        return f'{{ field = "{name}", width = {item.size}, {told} }},'

    def _keys(self, item: Item) -> Iterator[tuple[str, str]]:
        picture, usage, platform = item.picture, item.usage, self._platform
        if picture is not None and picture.kind in "NG":
            yield from self._wide(usage)
        elif usage == "DISPLAY" and picture is not None and picture.kind != "9":
            yield "type", '"text"'
        elif usage in ("COMP-1", "COMP-2") or usage.startswith("FLOAT-DECIMAL"):
            decimal = usage.startswith("FLOAT-DECIMAL")
            yield "type", '"decimal_float"' if decimal else '"float"'
            if not decimal and platform.floating == "ibm":
                yield "hexadecimal", "true"
            yield "order", f'"{platform.native}"'
        elif usage.endswith("POINTER"):
            yield "type", '"hex"'
        else:
            yield from self._number(item)

    def _wide(self, usage: str) -> Iterator[tuple[str, str]]:
        if usage != "NATIONAL":
            yield "type", '"graphic"'
            yield "charset", f'"{(self._platform.double or self._platform.charset).name}"'
        else:
            yield "type", '"wide"' if self._platform.national == "utf-16" else '"text"'

    def _number(self, item: Item) -> Iterator[tuple[str, str]]:
        picture, usage = item.picture, item.usage
        if usage in ("DISPLAY", "COMP-3", "COMP-6"):
            yield "type", {"DISPLAY": '"zoned"', "COMP-3": '"packed"', "COMP-6": '"bcd"'}[usage]
        elif usage == "NATIONAL":
            raise item.fault("digits in UTF-16 are no row of a table")
        else:
            yield "type", '"binary"'
            yield from self._order(usage)
        if picture is not None and picture.kind == "9":
            if usage != "DISPLAY" and usage not in ("COMP-5", "COMP-X", "COMP-N"):
                yield "digits", str(picture.length)
            if picture.decimals:
                yield "decimals", str(picture.decimals)
        signed = picture.signed if picture else has_no_picture(usage) and not usage.endswith("UNSIGNED")
        if signed:
            yield "signed", "true"
        if item.separate:
            yield "sign", f'"{item.sign.lower()}"'
        elif item.sign == "LEADING":
            yield "sign", '"leading_overpunched"'

    def _order(self, usage: str) -> Iterator[tuple[str, str]]:
        small = self._platform.binary if usage in ("COMP", "COMP-X") else self._platform.native
        if small == "little" and usage != "COMP-N":
            yield "order", '"little"'


def _filler(size: int) -> list[str]:
    return [f'["", {size}, "filler"],'] if size else []
