"""The items of a copybook: what its entries say, and after placing where each stands.

Offsets count from 0 in the record, tables at their largest. `size` is that of one occurrence, with the slack
bytes inside it; `slack` are the bytes left free before the item (SYNC), `tail` those behind each occurrence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from formats.copybook.pictures import Picture
from formats.errors import DeclarationError

RECORD, STANDALONE, RENAMES, CONDITION = 1, 77, 66, 88


@dataclass(frozen=True, slots=True)
class Compiler:
    """What compilers see differently."""

    binary: Literal["2-4-8", "1-2-4-8", "1--8"] = "2-4-8"
    """Bytes that a binary number can have."""
    native: Literal["2-4-8", "1-2-4-8", "1--8"] = "2-4-8"
    """The same of COMP-5."""
    pointer: int = 4
    long_boundary: int = 4
    """Where a SYNC binary of eight bytes begins."""
    national_digit: int = 2
    """Bytes of a digit that is NATIONAL."""


IBM = Compiler()
GNUCOBOL = Compiler("1-2-4-8", "1-2-4-8", pointer=8, long_boundary=8, national_digit=1)


@dataclass(frozen=True, slots=True)
class Condition:
    """An 88: its values, each with itself or the end of its range."""

    name: str
    values: tuple[tuple[str, str], ...]

    def texts(self) -> list[str]:
        return [low if low == high else f"{low} THRU {high}" for low, high in self.values]


@dataclass(slots=True, eq=False)
class Item:
    level: int
    name: str
    """"FILLER" where it has none."""
    line: int
    file: str = ""
    picture: Picture | None = None
    usage: str = ""
    """Its own, or inherited; "" of a group."""
    sign: str = ""
    """"LEADING" or "TRAILING"; "" where nothing is said."""
    separate: bool = False
    occurs: tuple[int, int] | None = None
    depending_on: tuple[str, ...] = ()
    """The counter's name and the groups that qualify it, innermost first."""
    counter: "Item | None" = None
    redefines: str = ""
    renames: tuple[str, str] | None = None
    sync: bool = False
    justified: bool = False
    blank_when_zero: bool = False
    value: str | None = None
    conditions: list[Condition] = field(default_factory=list)
    parent: "Item | None" = None
    children: list["Item"] = field(default_factory=list)
    offset: int = 0
    size: int = 0
    slack: int = 0
    tail: int = 0

    def __repr__(self) -> str:
        return f"<Item {self.level:02d} {self.name} at {self.offset}, {self.size} bytes>"

    def walk(self) -> Iterator["Item"]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def path(self) -> str:
        return f"{self.parent.path}.{self.name}" if self.parent else self.name

    @property
    def is_filler(self) -> bool:
        return self.name == "FILLER"

    @property
    def is_variable(self) -> bool:
        """Holds a table of a counted length, or is one."""
        return bool(self.depending_on) or any(child.is_variable for child in self.children)

    @property
    def extent(self) -> int:
        """Bytes of all its occurrences."""
        return self.size * (self.occurs[1] if self.occurs else 1)

    def fault(self, message: str) -> DeclarationError:
        return DeclarationError(f"{self.name}: {message}", file=self.file, line=self.line, key=self.name)


def qualified(items: Iterator[Item], names: tuple[str, ...]) -> list[Item]:
    """The items of that name inside groups of the further names."""
    return [item for item in items if item.name == names[0] and _inside(item, names[1:])]


def _inside(item: Item, groups: tuple[str, ...]) -> bool:
    if not groups:
        return True
    above = item.parent
    while above is not None:
        if above.name == groups[0]:
            return _inside(above, groups[1:])
        above = above.parent
    return False


COMPILERS = {"ibm": IBM, "gnucobol": GNUCOBOL}
