"""Where each item stands: inherited clauses, sizes, REDEFINES, SYNC slack, counters, RENAMES.

Slack bytes stand before a synchronized item where the elementary item before it ends off its boundary; where
the item is the first of its group, before the group. Each occurrence of a table that holds synchronized
items is filled up to a multiple of the largest boundary in it, so that all its occurrences are alike.
Source: Enterprise COBOL Language Reference, "Slack bytes".
"""

from collections.abc import Iterator

from formats.copybook.items import RENAMES, Compiler, Item, qualified
from formats.copybook.usages import boundary_of, size_of
from formats.errors import DeclarationError

_NUMERIC = ("DISPLAY", "NATIONAL")


def place(root: Item, compiler: Compiler) -> None:
    """Raises DeclarationError."""
    _inherit(root)
    _Placer(compiler).place(root, 0)
    for item in root.walk():
        if item.depending_on:
            item.counter = _counter(root, item)
        if item.renames:
            _rename(root, item)


def _fields(item: Item) -> list[Item]:
    return [child for child in item.children if child.level != RENAMES]


def _inherit(item: Item) -> None:
    """USAGE, SIGN and SYNC of a group hold for all below it."""
    below = _fields(item)
    if below and item.picture is not None:
        text = f"{item.name} has a picture and fields below it"
        raise DeclarationError(text, file=item.file, line=item.line, key=item.name)
    for child in below:
        if item.usage and child.usage and child.usage != item.usage:
            raise child.fault(f"is {child.usage} in a group that is {item.usage}")
        child.usage = child.usage or item.usage
        if not child.sign:
            child.sign, child.separate = item.sign, item.separate
        child.sync = child.sync or item.sync
        _inherit(child)
    if below:
        item.usage, item.sign, item.separate, item.sync = "", "", False, False
    else:
        _settle(item)


def _settle(item: Item) -> None:
    """What an elementary item is where it does not say."""
    kind = item.picture.kind if item.picture else ""
    if not item.usage or (item.usage == "DISPLAY" and kind in ("N", "G")):
        item.usage = {"N": "NATIONAL", "G": "DISPLAY-1"}.get(kind, "DISPLAY")
    if item.picture is None or not item.picture.signed or item.usage not in _NUMERIC:
        item.sign, item.separate = "", False


class _Placer:
    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler

    def place(self, item: Item, offset: int) -> int:
        """Gives the item its place; returns the offset behind all its occurrences."""
        below = _fields(item)
        if not below:
            item.size = size_of(item, self._compiler)
        offset += self._slack(item, offset)
        item.offset = offset
        if below:
            self._place_group(item, below)
        return offset + item.extent

    def _slack(self, item: Item, offset: int) -> int:
        """Before a synchronized item, or a group that begins with one."""
        first = item
        if item.redefines:
            return 0
        while below := _fields(first):
            first = below[0]
        if not first.sync:
            return 0
        if first is not item:
            first.size = size_of(first, self._compiler)
        item.slack = -offset % boundary_of(first, self._compiler)
        return item.slack

    def _place_group(self, item: Item, below: list[Item]) -> None:
        end = item.offset
        for child in below:
            if child.redefines:
                start = _redefined(child, below).offset
                end = max(end, self.place(child, start))
            else:
                end = self.place(child, end)
        item.size = end - item.offset
        if item.occurs:
            boundary = max((self._boundary(i) for i in item.walk() if i.sync), default=1)
            item.tail = -item.size % boundary
            item.size += item.tail

    def _boundary(self, item: Item) -> int:
        return boundary_of(item, self._compiler)


def _redefined(item: Item, siblings: list[Item]) -> Item:
    """The first view of the same bytes; only other views may stand between."""
    before = siblings[: siblings.index(item)]
    for other in reversed(before):
        if other.name == item.redefines and other.redefines:
            return _redefined(other, siblings)
        if other.name == item.redefines:
            if other.occurs:
                raise item.fault(f"redefines the table {other.name}")
            return other
        if not other.redefines:
            break
    raise item.fault(f"no {item.redefines} before it to redefine")


def _counter(root: Item, table: Item) -> Item:
    """The field that says how many: before the table, and not in another table than it."""
    name = " OF ".join(table.depending_on)
    found = qualified(_before(root, table), table.depending_on)
    around = set(_tables(table))
    found = [item for item in found if set(_tables(item)) <= around]
    if len(found) > 1:
        found = [item for item in found if item.parent is table.parent] or found
    if len(found) != 1:
        raise table.fault(f"{'no' if not found else 'more than one'} {name} before it")
    (counter,) = found
    is_number = counter.picture is not None and counter.picture.kind == "9"
    if counter.children or not (is_number or counter.usage.startswith("BINARY-")):
        raise table.fault(f"{name} is no number")
    if counter.picture is not None and counter.picture.decimals:
        raise table.fault(f"{name} has decimals")
    return counter


def _before(root: Item, table: Item) -> Iterator[Item]:
    for item in root.walk():
        if item is table:
            return
        yield item


def _tables(item: Item) -> Iterator[Item]:
    above = item.parent
    while above is not None:
        if above.occurs:
            yield above
        above = above.parent


def _rename(root: Item, item: Item) -> None:
    assert item.renames is not None
    ends = []
    for name in item.renames:
        found = [other for other in root.walk() if other.name == name and other.level != RENAMES]
        if len(found) != 1:
            raise item.fault(f"{len(found)} of {name}, not one")
        ends += found
    first, last = ends
    item.offset, item.size = first.offset, last.offset + last.extent - first.offset
    if item.size <= 0:
        raise item.fault(f"{last.name} does not stand behind {first.name}")
