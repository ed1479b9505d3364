"""What of a message people may see: the dump and the JSON of `ecif decode`, masked unless asked for clearly.

Shown as it is, is only what no customer can be read from: the envelope, the system's and the hub's numbers,
reply codes, kinds and types, and what [system] declares to be harmless. Everything else is masked, a field
that nobody thought of included.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from formats.codec import Codec, Path
from formats.dump import MASK, Line, Message, dump, findings
from formats.errors import Fault
from gateway.config.schema import SystemConf
from gateway.frames import Taken

NamePath: TypeAlias = tuple[str, ...]
"""A field's path without indices."""


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

    def dump(self, taken: Taken, codec: Codec) -> Iterator[Line]:
        """Every byte of the message in its order."""
        return dump(codec, _message(taken), self._shows)

    def findings(self, taken: Taken, codec: Codec) -> Iterator[Line]:
        """What is wrong with it."""
        return findings(codec, _message(taken), self._shows)

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

    def _shows(self, path: Path) -> bool:
        return self._clear or path in self._harmless


def _message(taken: Taken) -> Message:
    return Message(taken.body, taken.type, taken.fields, taken.faults)


def _error(fault: Fault) -> dict[str, Any]:
    place = fault.place
    return {"path": place.label, "offset": place.offset, "size": place.size, "rule": fault.rule}


def _harmless(system: SystemConf) -> Iterator[NamePath]:
    yield from (tuple(dotted.split(".")) for dotted in system.system.harmless)
    envelope = system.envelope
    for name in (envelope.id, envelope.type, envelope.sent_at):
        yield from _named(name)
    if envelope.duplicate and envelope.duplicate.field:
        yield (envelope.duplicate.field,)
    for message in system.messages.values():
        if message.role in ("reply", "answer", "push"):
            for name in message.fields.model_dump().values():
                yield from _named(name)
        for name in (*getattr(message, "says", ()), *getattr(message, "echo", ())):
            yield from _named(name)
        if short := getattr(message, "short", None):
            yield (short.field,)
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
