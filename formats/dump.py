"""A message byte by byte for people: what each stretch is, what it says, and what is wrong with it.

    dump(codec, message, shows)   every byte stands in a line: fields, faults, and what is no field

The lines of one message account for all its bytes in their order: fields that could be read, also those of a
message that could not be read as a whole; each fault with its place and rule; and what stands between them
(fillers, tags and lengths, separators, seals). **Masked**: bytes and value of a line are shown where `shows`
says that its field is harmless; of all else, faults included, only how many bytes there are. What is no field
is asked for with the path ().
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formats.codec import UNKNOWN, Codec, Fields, Path
from formats.errors import Fault

MASK = "***"
_MASKED_BYTES, _OF_MORE = 16, 12
_INDEX = re.compile(r"[(\[][0-9]+[)\]]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    """What `Codec.parse` made of a body, or what its FormatError had."""

    body: bytes
    type: str = ""
    fields: Mapping[str, Any] = field(default_factory=Fields)
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Line:
    offset: int
    size: int
    label: str
    """"" for what is no field."""
    hex: str
    """Masked unless harmless."""
    value: Any = ""
    """As read, `MASK` unless harmless; "" for blank, for a fault and for what is no field."""
    rule: str = ""
    """What is wrong; "" for what is right."""


def dump(codec: Codec, message: Message, shows: Callable[[Path], bool]) -> Iterator[Line]:
    at = 0
    for line in sorted(_lines(codec, message, shows), key=lambda line: (line.offset, line.size)):
        if line.offset > at:
            yield _between(message.body, at, line.offset, shows)
        yield line
        at = max(at, line.offset + line.size)
    if at < len(message.body):
        yield _between(message.body, at, len(message.body), shows)


def findings(codec: Codec, message: Message, shows: Callable[[Path], bool]) -> Iterator[Line]:
    """The faults alone, in the order in which they were found."""
    paths = {_INDEX.sub("", fact.label): fact.path for fact in _facts(codec, message.type)}
    for fault in message.faults:
        place = fault.place
        path = paths.get(_INDEX.sub("", place.label), ())
        data = message.body[place.offset : place.offset + place.size]
        shown = hex_of(data, shown=shows(path))
        yield Line(place.offset, len(data), place.label, shown, rule=fault.rule)


def _facts(codec: Codec, type: str) -> Sequence[Any]:
    return codec.facts(type) if type in codec.types else ()


def _lines(codec: Codec, message: Message, shows: Callable[[Path], bool]) -> Iterator[Line]:
    yield from findings(codec, message, shows)
    for path, value in leaves(message.fields):
        place = codec.place(message.body, path)
        data = message.body[place.offset : place.offset + place.size]
        shown = shows(names_of(path))
        told = value if shown or value == "" else MASK
        yield Line(place.offset, len(data), _named(place.label, path), hex_of(data, shown=shown), told)


def _named(label: str, path: Path) -> str:
    """A tag's or an element's number says little to people: its name behind it."""
    name = str(path[-1])
    return label if label.endswith(name) else f"{label} {name}"


def _between(body: bytes, start: int, end: int, shows: Callable[[Path], bool]) -> Line:
    return Line(start, end - start, "", hex_of(body[start:end], shown=shows(())))


def hex_of(data: bytes, *, shown: bool) -> str:
    if shown:
        return data.hex(" ")
    if len(data) <= _MASKED_BYTES:
        return " ".join(["**"] * len(data))
    return " ".join(["**"] * _OF_MORE) + f" … {len(data)} bytes"


def names_of(path: Path) -> Path:
    return tuple(part for part in path if isinstance(part, str))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value with its path; not what stands nowhere a layout could name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name != UNKNOWN:
                yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif value is not None:
        yield path, value
