"""What the HTTP process is lent by whoever starts it: the bank's systems, as functions.

Only the gateway can read a system's bytes and knows its conf. It hands these functions to the application,
which imports none of it. Nothing is built before it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ecif.aside import Outcome
from ecif.service import Service
from ecif.store.store import Store


@dataclass(frozen=True, slots=True)
class DumpLine:
    """A stretch of a message's bytes."""

    offset: int
    size: int
    field: str
    """"" for what is no field."""
    hex: str
    value: str
    rule: str
    """What is wrong with it; "" for nothing."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A message, byte by byte, masked unless asked for clearly."""

    type: str
    id: str
    size: int
    lines: Sequence[DumpLine]
    faults: Sequence[DumpLine]


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """One system, as conf declares it."""

    name: str
    title: str
    format: str
    framing: str
    lines: str
    """Who dials, where."""
    secured: tuple[str, ...]
    """TLS, seals …"""
    takes_pushes: bool


@dataclass(frozen=True, slots=True)
class ConfFile:
    """A file of the conf, by section: keys as they stand there, secrets left out."""

    name: str
    sections: Mapping[str, Mapping[str, Any]]


class Bank(Protocol):
    def service(self, store: Store) -> Service:
        """The customer half on that store. One thread at a time may call it."""

    def systems(self) -> Sequence[SystemFacts]: ...

    def dump(self, system: str, body: bytes, *, clear: bool = False) -> Dump | None:
        """None for a system that conf does not know."""

    def replay(
        self, service: Service, ids: Sequence[int], *, actor: str, rehearse: bool = False
    ) -> Iterator[Outcome]:
        """Messages set aside, by journal row, once more."""

    def conf(self) -> Sequence[ConfFile]: ...
