"""What can be wrong with bytes, said without the bytes.

A `FormatError` names the format, the message type as far as it is known, and every fault with path, offset,
size and rule. It never holds a value: a fault in a customer's name must not print the name. The fields read
before the fault stay available, so that an answer can echo the message id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class FaultKind(Enum):
    """In the order in which faults are looked for."""

    LENGTH = "length"
    SEAL = "seal"
    VERSION = "version"
    TYPE = "type"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field's value stands in a message."""

    label: str
    """As the sheet names it: `ACCT(3).ACCT-CCY`, `8110[2].0112`, `ID_TYPE`; repeats count from 1."""
    offset: int
    """Bytes from 0 after the length prefix. TLV: after tag and length. Missing: the end of its group."""
    size: int


@dataclass(frozen=True, slots=True)
class Fault:
    place: Place
    rule: str
    """Short lower-case ASCII: "not a digit", "over 32760", "ends early"."""

    def text(self) -> str:
        """`FIELD@N rule`, at most 60 bytes (interfaces: reply codes)."""
        return f"{self.place.label}@{self.place.offset} {self.rule}"[:60]


@dataclass(slots=True)
class FormatError(Exception):
    """Bytes that do not follow their format, or fields that cannot be written in it."""

    format: str
    kind: FaultKind
    faults: Sequence[Fault]
    type: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What could be read before the fault."""

    def __str__(self) -> str:
        where = "; ".join(fault.text() for fault in self.faults)
        return f"{self.format} {self.type or '?'}: {self.kind.value}: {where}"


class Refused(ValueError):
    """Bytes or a value that a field does not take. `rule` as in `Fault`; who knows the place makes it one."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class DeclarationError(ValueError):
    """A declaration (layout, copybook, charset, framing) that cannot work: file, line, key or name, rule."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, key: str = "") -> None:
        super().__init__(message)
        self.file, self.line, self.key = file, line, key
