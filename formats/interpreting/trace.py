"""What a run through a record notes: faults, places, and the values that others depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from formats.codec import Path
from formats.errors import Fault, Place


@dataclass(slots=True)
class Trace:
    faults: list[Fault] = field(default_factory=list)
    ended: bool = False
    """Nothing more can be read."""
    places: dict[str, Place] = field(default_factory=dict)
    values: dict[Path, Any] = field(default_factory=dict)
    """Of counts and selectors, the last one read or written at each path."""
    entries: list[Mapping[str, Any]] = field(default_factory=list)
    """The record and the entries around what is written now, the innermost last."""

    def note(self, path: str, at: int, size: int, rule: str) -> None:
        self.faults.append(Fault(Place(label_of(path) or "FILLER", at, size), rule))


UNREAD: Final = object()
"""Stands for a value with a fault."""


def label_of(path: str) -> str:
    """construct's "(parsing) -> ACCT(3) -> ACCT-CCY" as the sheets name it: `ACCT(3).ACCT-CCY`."""
    return ".".join(path.split(" -> ")[1:])
