"""A layout made ready to run: the fast way through a record that has no fault.

Runs of fixed fields become one `struct` and a list of readers. At the first thing that does not fit it raises
`Refused` without saying where; the diagnosis is the interpreter's (`formats.interpreter`), which reads the
same layout. A test holds the two equal.
"""

import struct
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Protocol

from formats.codec import Fields
from formats.errors import Refused
from formats.interpreter import Interpreter
from formats.layout import Field, Group, Layout, Redefines, Repeat, bindings_of, fields_of
from formats.lists import counted, entries_of


class _Step(Protocol):
    def read(self, body: bytes, at: int, out: Fields) -> int: ...

    def write(self, fields: Mapping[str, Any], parts: list[bytes]) -> None: ...


def plan_of(layout: Layout, blank: bytes) -> "Plan | Careful":
    """The interpreter itself where a layout has more than rows and lists."""
    nested = any(isinstance(row, Redefines | Group) for _, row in fields_of(layout))
    nested = nested or any(isinstance(row, Redefines) for row in layout)
    bound = bindings_of(layout)
    if nested or any(count not in bound.computed for count in bound.counts.values()):
        return Careful(layout, blank)
    return Plan(layout, blank)


class Careful:
    def __init__(self, layout: Layout, blank: bytes) -> None:
        self._interpreter = Interpreter(layout, blank)

    def parse(self, body: bytes) -> Fields:
        fields, faults = self._interpreter.parse(body)
        if faults:
            raise Refused(faults[0].rule)
        return fields

    def build(self, fields: Mapping[str, Any]) -> bytes:
        body, faults = self._interpreter.build(fields)
        if faults:
            raise Refused(faults[0].rule)
        return body


def counts_of(layout: Layout) -> Mapping[str, Repeat]:
    own = {row.name for row in layout if isinstance(row, Field)}
    return {row.count: row for row in layout if isinstance(row, Repeat) and row.count and row.count in own}


class Plan:
    def __init__(self, layout: Layout, blank: bytes) -> None:
        self._steps = _steps(layout, blank)
        self._counts = list(counts_of(layout))
        self._names = {row.name for row in layout} - {"", *self._counts}

    def parse(self, body: bytes) -> Fields:
        fields, end = self.read(body, 0)
        if end != len(body):
            raise Refused("bytes follow")
        return fields

    def read(self, body: bytes, at: int) -> tuple[Fields, int]:
        out: Fields = {}
        for step in self._steps:
            at = step.read(body, at, out)
        for name in self._counts:
            del out[name]
        return out, at

    def build(self, fields: Mapping[str, Any]) -> bytes:
        parts: list[bytes] = []
        self.write(fields, parts)
        return b"".join(parts)

    def write(self, fields: Mapping[str, Any], parts: list[bytes]) -> None:
        if not self._names.issuperset(fields):
            raise Refused("unknown field")
        for step in self._steps:
            step.write(fields, parts)


def _steps(layout: Layout, blank: bytes) -> list[_Step]:
    steps: list[_Step] = []
    run: list[Field] = []
    counts = counts_of(layout)
    for row in layout:
        if isinstance(row, Field):
            run.append(row)
            continue
        if run:
            steps.append(_Run(run, counts, blank))
            run = []
        assert isinstance(row, Repeat)
        steps.append(_Loop(row, blank))
    if run:
        steps.append(_Run(run, counts, blank))
    return steps


class _Run:
    def __init__(self, fields: list[Field], counts: Mapping[str, Repeat], blank: bytes) -> None:
        cells = "".join(f"{f.scalar.size}{'s' if f.name else 'x'}" for f in fields)
        self._cells = struct.Struct(f"={cells}")
        named = [field for field in fields if field.name]
        self._reads = [(field.name, field.scalar.read) for field in named]
        self._writes = [_writer(field, counts, blank) for field in fields]

    def read(self, body: bytes, at: int, out: Fields) -> int:
        end = at + self._cells.size
        if end > len(body):
            raise Refused("ends early")
        for (name, read), data in zip(self._reads, self._cells.unpack_from(body, at), strict=True):
            out[name] = read(data)
        return end

    def write(self, fields: Mapping[str, Any], parts: list[bytes]) -> None:
        parts += [write(fields) for write in self._writes]


def _writer(field: Field, counts: Mapping[str, Repeat], blank: bytes) -> Any:
    name, write = field.name, field.scalar.write
    if not name:
        filler = blank * field.scalar.size
        return lambda fields: filler
    repeat = counts.get(name)
    if repeat is not None:
        return lambda fields: write(counted([(repeat, fields.get(repeat.name))]))
    return lambda fields: write(fields.get(name))


class _Loop:
    def __init__(self, repeat: Repeat, blank: bytes) -> None:
        self._repeat = repeat
        self._plan = Plan(repeat.rows, blank)
        self._counted = itemgetter(repeat.count) if repeat.count else lambda out: repeat.most

    def read(self, body: bytes, at: int, out: Fields) -> int:
        length = self._repeat.length(self._counted(out))
        if length is None:
            out[self._repeat.name] = None
            return at
        if length < 0:
            raise Refused("bad count")
        entries: list[Fields] = []
        for _ in range(length):
            entry, at = self._plan.read(body, at)
            entries.append(entry)
        out[self._repeat.name] = entries
        return at

    def write(self, fields: Mapping[str, Any], parts: list[bytes]) -> None:
        entries = entries_of(self._repeat, fields.get(self._repeat.name))
        for entry in entries:
            self._plan.write(entry, parts)
