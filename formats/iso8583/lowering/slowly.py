"""What generated code calls where nothing is generated: the careful way, without its diagnosis."""

from collections.abc import Mapping
from typing import Any

from formats.codec import UNKNOWN, Fields
from formats.errors import Fault, Refused
from formats.iso8583.composed import Tags, write_member
from formats.iso8583.lowering.source import RULE
from formats.iso8583.spec import Element
from formats.iso8583.walking import completed, count_of, read_element


def read_slowly(element: Element, body: bytes, begin: int, end: int, count: int, out: Fields) -> None:
    """An element for which nothing is generated."""
    faults: list[Fault] = []
    read_element(element, body, (begin, end, count), out, faults)
    if faults:
        raise Refused(RULE)


def write_slowly(element: Element, fields: Mapping[str, Any]) -> tuple[str | None, int]:
    """Its content as latin-1 text, and what its prefix counts."""
    fields = completed(element, fields, _refuse)
    data = write_member(element.content, fields, element.name, _refuse)
    return (None, 0) if data is None else (data.decode("latin-1"), count_of(element, data, fields))


def _refuse(label: str, rule: str) -> None:
    raise Refused(RULE)


class Member:
    """A composed member."""

    def __init__(self, content: Any, label: str) -> None:
        self._content, self._label = content, label

    def read(self, body: bytes, begin: int, end: int, out: Fields) -> None:
        faults: list[Fault] = []
        if end > len(body):
            raise Refused(RULE)
        self._content.read(body, begin, end, self._label, out, faults)
        if faults:
            raise Refused(RULE)

    def write(self, fields: Mapping[str, Any]) -> str | None:
        data = write_member(self._content, fields, self._label, _refuse)
        return None if data is None else data.decode("latin-1")


class Rest:
    """The cells of a tagged element that stand in another order than they are written in."""

    def __init__(self, content: Tags, label: str) -> None:
        self._content, self._label = content, label

    def read(self, body: bytes, at: int, end: int, out: Fields) -> None:
        found: Fields = {}
        faults: list[Fault] = []
        self._content.read(body, at, end, self._label, found, faults)
        seen = {f"{self._label}.{tag}" for tag, _, _ in self._content.slots(body, at, end)}
        inside = tuple(f"{label}." for label in seen)
        if faults or any(name in seen or name.startswith(inside) for name in out):
            raise Refused(RULE)
        if UNKNOWN in found and UNKNOWN in out:
            found[UNKNOWN] = out[UNKNOWN] + found[UNKNOWN]
        out.update(found)
