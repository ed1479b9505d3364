"""Records of a data file as nested values, key by key as the copybook has them.

| item | value |
|---|---|
| group | dict; a FILLER group's fields stand in the dict around it, a FILLER table is the list `FILLER` |
| table | list, as long as its counter says; an entry that cannot be read is None |
| REDEFINES | every view under its own name |
| number | int, or Decimal with all decimals of the picture |
| text, edited number | text without trailing blanks |
| FILLER, slack, 66, 88 | left out |

What cannot be read is absent and told as a fault: path (`CUST-BODY.ACCT(3).ACCT-CCY`), offset in the record,
size, rule. A counter that cannot be ends its record, since nothing behind it can be found.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from formats.copybook.items import RENAMES, Item
from formats.copybook.platform import Platform
from formats.copybook.values import reader_of
from formats.errors import Fault, Place, Refused

_Step = Callable[["_Run", int, dict[str, Any], str], int]


class _Ended(Exception):
    """Nothing behind this can be found."""


class _Run:
    """One record while it is read."""

    __slots__ = ("counts", "data", "faults")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.faults: list[Fault] = []
        self.counts: dict[int, Any] = {}
        """Counter (by its identity) → the last value read."""

    def note(self, path: str, at: int, size: int, rule: str) -> None:
        self.faults.append(Fault(Place(path, at, size), rule))


class RecordReader:
    """One 01 of a copybook."""

    def __init__(self, root: Item, platform: Platform) -> None:
        self.root = root
        self.size = root.size
        self.variable = root.is_variable
        self._strict = platform.strict
        counters = {id(item.counter) for item in root.walk() if item.counter is not None}
        whole = root if root.children else None
        self._step = _Compiler(platform, counters).rows(whole or _wrapped(root))

    def read(self, data: bytes, *, exact: bool = False) -> tuple[dict[str, Any], list[Fault]]:
        """`exact`: bytes behind the record are a fault."""
        fields, end, faults = self.read_some(data)
        if exact and self._strict and end < len(data):
            faults.append(Fault(Place(self.root.name, end, len(data) - end), "bytes follow"))
        return fields, faults

    def read_some(self, data: bytes) -> tuple[dict[str, Any], int, list[Fault]]:
        """And where the record ends."""
        run = _Run(data)
        fields: dict[str, Any] = {}
        try:
            end = self._step(run, 0, fields, "")
        except _Ended:
            end = len(data)
        return fields, end, run.faults


def _wrapped(root: Item) -> Item:
    """A record that is one field, as a group of it."""
    around = Item(root.level, root.name, root.line, size=root.size)
    around.children.append(root)
    return around


class _Compiler:
    """Items → nested functions, made once."""

    def __init__(self, platform: Platform, counters: set[int]) -> None:
        self._platform, self._counters = platform, counters

    def rows(self, group: Item) -> _Step:
        """All fields of a group; returns where it ends."""
        steps: list[_Step] = []
        names = _names(group)
        below = [child for child in group.children if child.level != RENAMES]
        for main in (child for child in below if not child.redefines):
            views = [child for child in below if child.redefines and child.offset == main.offset]
            own = self._item(main, names)
            steps.append(_views(own, [self._item(view, names) for view in views], main, views))
        tail = group.tail

        def read(run: _Run, at: int, out: dict[str, Any], path: str) -> int:
            for step in steps:
                at = step(run, at, out, path)
            return at + tail

        return read

    def _item(self, item: Item, names: dict[int, str]) -> _Step:
        if item.occurs is not None:
            return self._table(item, names[id(item)])
        if not item.children:
            return self._field(item)
        inner, name = self.rows(item), item.name
        slack = item.slack
        if item.is_filler:
            return lambda run, at, out, path: inner(run, at + slack, out, path)

        def read(run: _Run, at: int, out: dict[str, Any], path: str) -> int:
            entry: dict[str, Any] = {}
            out[name] = entry
            return inner(run, at + slack, entry, f"{path}{name}.")

        return read

    def _field(self, item: Item) -> _Step:
        name, size, slack = item.name, item.size, item.slack
        if item.is_filler:
            return lambda run, at, out, path: at + slack + size
        value = self._value(item)

        def read(run: _Run, at: int, out: dict[str, Any], path: str) -> int:
            found = value(run, at + slack, path + name)
            if found is not None:
                out[name] = found
            return at + slack + size

        return read

    def _value(self, item: Item) -> Callable[[_Run, int, str], Any]:
        """None where it cannot be read."""
        size, convert = item.size, reader_of(item, self._platform)
        key = id(item) if id(item) in self._counters else 0

        def value(run: _Run, at: int, path: str) -> Any:
            data = run.data[at : at + size]
            if len(data) < size:
                run.note(path, min(at, len(run.data)), len(data), "ends early")
                raise _Ended
            try:
                found = convert(data)
            except Refused as refused:
                run.note(path, at, size, refused.rule)
                found = None
            if key:
                run.counts[key] = (found, path, at, size)
            return found

        return value

    def _table(self, item: Item, name: str) -> _Step:
        entry = self._entry(item)
        assert item.occurs is not None
        least, most = item.occurs
        counter, slack, size = item.counter, item.slack, item.size

        def read(run: _Run, at: int, out: dict[str, Any], path: str) -> int:
            times = most if counter is None else _counted(run, counter, least, most)
            out[name] = entries = []
            at += slack
            for number in range(1, times + 1):
                found, at = entry(run, at, f"{path}{name}({number})")
                entries.append(found)
            return at

        if item.is_filler and not item.children:
            return lambda run, at, out, path: (
                at + slack + size * (most if counter is None else _counted(run, counter, least, most))
            )
        return read

    def _entry(self, item: Item) -> Callable[[_Run, int, str], tuple[Any, int]]:
        if not item.children:
            value, size = self._value(item), item.size
            return lambda run, at, path: (value(run, at, path), at + size)
        inner = self.rows(item)

        def read(run: _Run, at: int, path: str) -> tuple[Any, int]:
            found: dict[str, Any] = {}
            return found, inner(run, at, found, f"{path}.")

        return read


def _names(group: Item) -> dict[int, str]:
    """Keys of its tables; FILLER tables are told apart."""
    fillers = [child for child in group.children if child.is_filler and child.occurs]
    names = {id(child): child.name for child in group.children}
    names |= {id(child): f"FILLER-{n}" for n, child in enumerate(fillers, 1) if n > 1}
    return names


def _views(own: _Step, views: list[_Step], main: Item, others: list[Item]) -> _Step:
    if not views:
        return own
    slack, extent = main.slack, max(view.extent for view in (main, *others))

    def read(run: _Run, at: int, out: dict[str, Any], path: str) -> int:
        for step, start in ((own, at), *((view, at + slack) for view in views)):
            with suppress(_Ended):  # a record that is as short as its own view
                step(run, start, out, path)
        return at + slack + extent

    return read


def _counted(run: _Run, counter: Item, least: int, most: int) -> int:
    found, path, at, size = run.counts[id(counter)]
    if found is None:
        raise _Ended  # told already
    if not least <= found <= most:
        run.note(path, at, size, f"over {most}" if found > most else f"under {least}")
        raise _Ended
    return int(found)


def split_counted(data: bytes, reader: RecordReader) -> Iterator[tuple[int, bytes]] | None:
    """Records that stand one behind the other, each as long as its counters say; None if they do not."""
    found, at = [], 0
    while at < len(data):
        _, end, faults = reader.read_some(data[at : at + reader.size])
        if end <= 0 or any(fault.rule == "ends early" for fault in faults):
            return None
        found.append((at, data[at : at + end]))
        at += end
    return iter(found) if at == len(data) else None
