"""The interface specification of a system, written from conf: what its own team and others can work from.

Nothing in it is written by hand: transport, frame, messages, fields with offset, width and codes come from
the declarations the hub itself runs on, and each message has an example frame that the hub's own codec built.
Names and numbers in the examples are invented. Keys are never shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from adapters.declaration.messages import Message
from adapters.meanings import coded_fields, meanings
from formats.codec import Codec, FieldFacts, Path
from formats.dump import leaves
from formats.sample_values import kind_of, width_of
from formats.samples import NoSample, example
from formats.wording import in_words
from gateway.config.schema import Conf, SystemConf
from gateway.document import Block, Code, Heading, Table, Text
from gateway.examples import example_values

_HIDDEN = ("kind", "key", "allow")
_BY_HUB = ("push",)
_BOTH = ("heartbeat", "heartbeat_reply")


def specification(conf: Conf, name: str, codec: Codec) -> Iterator[Block]:
    system = conf.systems[name]
    yield Heading(1, f"{name}: {system.system.title or name}")
    yield Text(_INTRODUCTION)
    yield Heading(2, "Transport")
    yield Table(("", ""), tuple(_transport(system)))
    yield Heading(2, "Frame")
    yield Table(("", ""), tuple(_declared("kind", system.framing.kind, system.framing)))
    if system.seal is not None:
        yield Heading(2, "Seal")
        yield Table(("", ""), tuple(_declared("kind", system.seal.kind, system.seal)))
    yield Heading(2, "Messages")
    yield Table(
        ("type", "way", "purpose", "answered by"), tuple(_message_rows(system.messages, system, codec))
    )
    for type in codec.types:
        yield from _Message(conf, name, codec, type).blocks()
    yield Heading(2, "Code tables")
    yield from _tables(conf, system)


_INTRODUCTION = (
    "Written by `ecif spec` from the hub's configuration. Offsets count bytes from 0 after the frame's "
    "length or first mark; in a list they count from the beginning of its entry. A dash means that the place "
    "differs from message to message. Names and numbers in the examples are invented."
)

# Transport and frame


def _transport(system: SystemConf) -> Iterator[tuple[str, str]]:
    yield "time zone", system.system.time_zone
    for words, section in (("the system dials the hub", system.listen), ("the hub dials", system.dial)):
        if section is not None:
            yield words, section.address
            yield from _section(section, ("address", "tls"))
            if section.tls is not None:
                yield "TLS", f"{section.tls.minimum} or newer{_client(section.tls)}"
    if system.delivery is not None:
        lines = "lines that the system opened" if system.delivery.over == "listen" else "the hub's own lines"
        yield "pushes", f"on {lines}"
        yield from _section(system.delivery, ("over",))
    if system.link is not None:
        yield "requests open on a line", "one from each side"
        yield from _section(system.link, ())
    if system.heartbeat is not None:
        yield "heartbeat", system.heartbeat.type
        yield from _section(system.heartbeat, ("type",))
    if system.sign_on is not None:
        yield "sign-on", f"{system.sign_on.type}, the first message on every line"


def _client(tls: Any) -> str:
    asked = getattr(tls, "client_ca", getattr(tls, "certificate", None))
    return ", with a client certificate" if asked else ""


def _section(section: BaseModel, without: Sequence[str]) -> Iterator[tuple[str, str]]:
    for key, value in section:
        if key not in without and value is not None and not isinstance(value, BaseModel):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else _shown(value)
            yield key.replace("_", " "), shown


def _declared(key: str, kind: str, section: BaseModel) -> Iterator[tuple[str, str]]:
    yield key, kind.replace("_", " ")
    yield from _section(section, _HIDDEN)


def _shown(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


# Messages


def _way(type: str, system: SystemConf) -> str:
    role = system.messages[type].role
    repeats = system.envelope.duplicate.types if system.envelope.duplicate else {}
    pushed = (system.push_type, repeats.get(system.push_type, ""))
    if (role in _BOTH and system.heartbeat is not None) or (role == "customer" and type in pushed):
        return "both"
    asked = [name for name, message in system.messages.items() if getattr(message, "reply", None) == type]
    if asked:
        ways = {_way(name, system) for name in asked if name != type}
        return {frozenset({_TO_HUB}): _FROM_HUB, frozenset({_FROM_HUB}): _TO_HUB}.get(frozenset(ways), "both")
    return _FROM_HUB if role in _BY_HUB else _TO_HUB


_TO_HUB, _FROM_HUB = "system → hub", "hub → system"


def _message_rows(
    messages: Mapping[str, Message], system: SystemConf, codec: Codec
) -> Iterator[tuple[str, ...]]:
    for type in codec.types:
        message = messages.get(type)
        if message is None:
            yield type, "", "not used by the hub", ""
        else:
            role, reply = message.role.replace("_", " "), getattr(message, "reply", "") or ""
            yield type, _way(type, system), role, reply


@dataclass(frozen=True)
class _Message:
    conf: Conf
    name: str
    codec: Codec
    type: str

    def blocks(self) -> Iterator[Block]:
        yield Heading(2, f"{self.type}{self._purpose()}")
        yield Table(
            ("field", "offset", "bytes", "written as", "required", "meaning", "codes", ""),
            tuple(self._row(fact) for fact in self.codec.facts(self.type)),
        )
        yield from self._example()

    @property
    def _system(self) -> SystemConf:
        return self.conf.systems[self.name]

    def _purpose(self) -> str:
        message = self._system.messages.get(self.type)
        return f": {message.role.replace('_', ' ')}" if message is not None else ""

    def _row(self, fact: FieldFacts) -> tuple[str, ...]:
        inside = len(fact.path) - 1
        label = "" if fact.label.endswith(str(fact.path[-1])) else fact.label
        return (
            "· " * inside + str(fact.path[-1]) + (f" ({label})" if label else ""),
            "–" if fact.offset is None else str(fact.offset),
            _bytes(fact),
            in_words(fact),
            "yes" if self._required(fact.path) else "",
            self._meaning(fact.path),
            self._codes(fact),
            fact.note,
        )

    def _required(self, path: Path) -> bool:
        if len(path) == 1:
            return path[0] in getattr(self._system.messages.get(self.type), "required", ())
        holdings = self._system.customer.holdings
        return holdings is not None and path[0] == holdings.list and path[-1] in holdings.required

    def _meaning(self, path: Path) -> str:
        envelope, message = self._system.envelope, self._system.messages.get(self.type)
        duplicate = envelope.duplicate.field if envelope.duplicate else None
        own = {"message id": envelope.id, "type": envelope.type, "sent at": envelope.sent_at}
        own |= {"possible duplicate": duplicate}
        fields: Any = getattr(message, "fields", None)
        own |= {key.replace("_", " "): value for key, value in fields or ()}
        found = [words for words, name in own.items() if len(path) == 1 and name == path[0]]
        return (found or [meanings(self._system.customer).get(path, "")])[0]

    def _codes(self, fact: FieldFacts) -> str:
        table = coded_fields(self._system.customer).get(fact.path)
        return f"table {table}" if table else ", ".join(map(str, fact.values))

    def _example(self) -> Iterator[Block]:
        values = example_values(self._system, self.type, self.conf.codes.root)
        try:
            body = example(self.codec, self.type, values)
        except NoSample:
            yield Text("No example can be made from what is declared of the fields.")
            return
        frame = self._system.framing.wrap(body)
        yield Text(f"Example of a whole frame ({len(frame)} bytes) and its fields:")
        yield Code("hex", frame.hex())
        yield Table(
            ("field", "at", "bytes", "value"),
            tuple(self._value_row(body, path, value) for path, value in leaves(self.codec.parse(body)[1])),
        )

    def _value_row(self, body: bytes, path: Path, value: Any) -> tuple[str, ...]:
        place = self.codec.place(body, path)
        data = body[place.offset : place.offset + place.size]
        return place.label, str(place.offset), data.hex(), str(value)


def _bytes(fact: FieldFacts) -> str:
    least, most = width_of(fact)
    if kind_of(fact) == "list":
        assert fact.occurs is not None
        times = "–".join(str(n) for n in dict.fromkeys(fact.occurs) if n is not None)
        times = f"{times} and more" if fact.occurs[1] is None else times
        return f"{times} × {_range(least, most)}" if most else f"{times} entries"
    return _range(least, most)


def _range(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} and more" if least else "any"
    return str(most) if least == most else f"{least}–{most}"


# Code tables


def _tables(conf: Conf, system: SystemConf) -> Iterator[Block]:
    used = {*coded_fields(system.customer).values()}
    used |= {codes for message in system.messages.values() if (codes := getattr(message, "codes", None))}
    for name in sorted(used):
        yield Heading(3, name)
        if name in system.codes:
            rows = ((", ".join(map(str, own)), standard) for standard, own in system.codes[name].items())
            yield Table(("code", "means"), tuple(rows))
        else:
            yield Text(f"The standard codes: {', '.join(conf.codes.root[name])}.")
