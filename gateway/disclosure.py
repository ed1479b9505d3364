"""What of a message people may see: the dump and the JSON of `ecif decode`, masked unless asked for clearly.

Shown as it is, is only what no customer can be read from: the envelope, the system's and the hub's numbers,
reply codes, and kinds and types. Everything else is masked, a field that nobody thought of included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from formats.codec import Codec
from formats.errors import Fault
from gateway.config.schema import SystemConf
from gateway.frames import Taken

MASK = "***"
NamePath: TypeAlias = tuple[str, ...]
"""A field's path without indices."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the annotated dump."""

    offset: int
    data: bytes
    label: str
    value: Any
    shown: bool


class Disclosure:
    def __init__(self, system: SystemConf, *, clear: bool) -> None:
        self._clear = clear
        self._harmless = frozenset(_harmless(system))
        self._id = system.envelope.id

    def as_json(self, name: str, taken: Taken) -> dict[str, Any]:
        """A line of `ecif decode --json`."""
        return {
            "system": name,
            "type": taken.type,
            "id": taken.fields.get(self._id, ""),
            "offset": taken.offset,
            "size": taken.size,
            "fields": self._masked(taken.fields, ()),
            "errors": [_error(fault) for fault in taken.faults],
        }

    def rows(self, taken: Taken, codec: Codec) -> Iterator[Row]:
        """Fields in the order of their bytes."""
        found = (self._row(taken, codec, path, value) for path, value in _leaves(taken.fields, ()))
        yield from sorted(found, key=lambda row: row.offset)

    def _row(self, taken: Taken, codec: Codec, path: tuple[str | int, ...], value: Any) -> Row:
        place = codec.place(taken.body, path)
        shown = self._shows(_names(path))
        data = taken.body[place.offset : place.offset + place.size]
        return Row(place.offset, data, place.label, value if shown or value == "" else MASK, shown)

    def _masked(self, fields: Mapping[str, Any], above: NamePath) -> dict[str, Any]:
        return {name: self._one(value, (*above, name)) for name, value in fields.items()}

    def _one(self, value: Any, path: NamePath) -> Any:
        if isinstance(value, list):
            return [self._one(item, path) for item in value]
        if isinstance(value, Mapping):
            return self._masked(value, path)
        return self._leaf(value, path)

    def _leaf(self, value: Any, path: NamePath) -> Any:
        return value if value in ("", None) or self._shows(path) else MASK

    def _shows(self, path: NamePath) -> bool:
        return self._clear or path in self._harmless


def _names(path: Sequence[str | int]) -> NamePath:
    return tuple(part for part in path if isinstance(part, str))


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if (*path, name) != ("unknown",):  # stands nowhere a layout could name
                yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif value is not None:
        yield path, value


def _error(fault: Fault) -> dict[str, Any]:
    place = fault.place
    return {"path": place.label, "offset": place.offset, "size": place.size, "rule": fault.rule}


def _harmless(system: SystemConf) -> Iterator[NamePath]:
    envelope = system.envelope
    for name in (envelope.id, envelope.type, envelope.sent_at):
        yield from _named(name)
    if envelope.duplicate:
        yield (envelope.duplicate.field,)
    for message in system.messages.values():
        if message.role in ("reply", "answer", "push"):
            for name in message.fields.model_dump().values():
                yield from _named(name)
    if system.sign_on:
        yield from ((name,) for name in system.sign_on.fields.model_dump().values())
    yield from _harmless_of_customer(system)


def _harmless_of_customer(system: SystemConf) -> Iterator[NamePath]:
    customer = system.customer
    yield (customer.number,)
    yield (customer.seq,)
    if kind := customer.values.get("kind"):
        yield (kind.field,)
    for section, key in (
        (customer.documents, "type"),
        (customer.phones, "use"),
        (customer.addresses, "use"),
    ):
        name = getattr(section, key, None)
        if section is not None and name:
            yield (section.list, name) if section.list else (name,)


def _named(name: Any) -> Iterator[NamePath]:
    if isinstance(name, str):
        yield (name,)
