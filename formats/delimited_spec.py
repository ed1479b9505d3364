"""What a delimited system's messages consist of: marks, fields, repeats and their parts, message types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from formats.charsets.charset import Charset
from formats.codec import FieldFacts, Path
from formats.delimited_values import Value


@dataclass(frozen=True, slots=True)
class Cell:
    """One value between two separators."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Repeat:
    """One field that holds entries, each of them parts; empty: no entries."""

    name: str
    parts: tuple[Cell, ...]
    between: str
    """Stands between entries."""
    inside: str
    """Stands between the parts of one."""
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(part.name for part in self.parts))


Row: TypeAlias = Cell | Repeat


@dataclass(frozen=True, slots=True)
class Message:
    rows: tuple[Row, ...]
    least: int
    """So many fields must be there; those after them may be left out from the end."""
    index: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {row.name: i for i, row in enumerate(self.rows)})

    def paths(self) -> Iterator[Path]:
        for row in self.rows:
            yield (row.name,)
            if isinstance(row, Repeat):
                yield from ((row.name, part.name) for part in row.parts)

    def facts(self) -> Iterator[FieldFacts]:
        for number, row in enumerate(self.rows, 1):
            optional = "may be left out" if number > self.least else ""
            if isinstance(row, Cell):
                kind = "type" if number == 1 else row.value.kind
                yield FieldFacts((row.name,), None, kind, f"#{number}", None, row.value.width, note=optional)
                continue
            yield FieldFacts((row.name,), None, "list", f"#{number}", occurs=(0, None), note=optional)
            for place, part in enumerate(row.parts, 1):
                label = f"#{number}.{place}"
                yield FieldFacts((row.name, part.name), None, part.value.kind, label, None, part.value.width)


@dataclass(frozen=True, slots=True)
class Spec:
    charset: Charset
    separator: str
    escape: str
    """Takes its meaning from the character after it; "" where there is none."""
    head: tuple[str, ...]
    """Fields with which every message begins, the type first."""
    messages: Mapping[str, Message]
