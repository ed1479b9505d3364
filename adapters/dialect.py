"""One system's dialect: bytes ↔ what the customer half understands. Everything about it comes from conf.

`ecif.model.Dialect` for the customer half; `read`, `reply` and the rest for the gateway. Built once, pure,
safe to share between threads; the clock's value is always an argument (microseconds, UTC).
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from adapters import codes
from adapters.checks import declaration_faults
from adapters.clock import SECOND, offset_seconds, to_text
from adapters.codes import CodeTable
from adapters.commands.incoming import Heartbeat, HeartbeatReply, Incoming
from adapters.commands.reader import CommandReader
from adapters.declaration.messages import ImageMessage, PushMessage
from adapters.declaration.sections import GreetingSection, SignOnSection, SystemSections
from adapters.envelopes import EnvelopeReader
from adapters.ids import Draw, id_maker
from adapters.mapping import CustomerMap, customer_map
from adapters.projection import Projection
from adapters.refusals import BLANK, BUSY, REUSED, format_refusal
from adapters.replies import ReplyWriter
from adapters.writing import CustomerWriter
from ecif.messages import Envelope, Reply, Unreadable
from ecif.model import Push, Slot, Value
from formats.codec import Codec, Fields, Path
from formats.errors import FaultKind, FormatError

__all__ = ["Heartbeat", "HeartbeatReply", "Incoming", "SystemDialect", "build_dialect"]


class SystemDialect:
    """Made by `build_dialect`."""

    def __init__(
        self, name: str, sections: SystemSections, codec: Codec, mapped: CustomerMap, draw: Draw
    ) -> None:
        self.name = name
        self.codec = codec
        self.sections = sections
        offset = offset_seconds(sections.system.time_zone)
        self.new_id = id_maker(sections.envelope.new_id, offset, draw)
        self.mapped, self.draw = mapped, draw
        self._offset = offset
        self._dated = frozenset(single.attribute for single in mapped.singles if single.since)
        self._envelopes = EnvelopeReader(name, codec, sections.envelope, offset)
        self._commands = CommandReader(sections, codec, mapped, self._envelopes)
        self._replies = ReplyWriter(sections, codec, mapped, self.new_id)
        self._push_type = sections.push_type
        self._push = sections.push or PushMessage(role="push", reply="none")
        self._push_paths = frozenset(codec.paths(self._push_type)) if self._push_type else frozenset()
        self._writer = CustomerWriter(mapped, self._push_paths)
        self._projection = Projection(codec, mapped, self._type_with)
        self.written = self._projection.written
        self.losses = self._projection.losses

    def __repr__(self) -> str:
        return f"<SystemDialect {self.name}: {len(self.sections.messages)} message types>"

    # What the customer half asks.

    @property
    def pushes(self) -> Literal["applied", "seen", "no"]:
        return self.sections.system.pushes

    @cached_property
    def eps(self) -> int:
        return int(self.sections.system.clock_skew_seconds * SECOND)

    @cached_property
    def carries(self) -> tuple[str, ...]:
        """Of the push layout; of the answers' where the system takes no pushes."""
        return self._writer.attributes if self._push_type else self._replies.answered

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        return {
            family.name: Slot("address" if family.name == "address" else "document", family.by_kind or {})
            for family in self.mapped.families
            if family.is_slot
        }

    @cached_property
    def only(self) -> Mapping[str, str]:
        """Attribute → the one kind of party it is written for."""
        singles = self.mapped.singles
        fields = Counter(single.attribute for single in singles)
        return {one.attribute: one.only for one in singles if one.only and fields[one.attribute] == 1}

    @property
    def push_type(self) -> str:
        """Message type of its pushes; "" where it takes none."""
        return self._push_type

    def push_bytes(self, push: Push) -> bytes:
        at = self._push.fields
        fields = self._replies.head(self._push_type, push.id, push.sent_at)
        days = {name: to_text(at, self._offset)[:8] for name, at in push.since.items() if name in self._dated}
        fields.update(self._writer.write(push.kind, push.customer_no, push.values, push.named, days))
        fields.update({at.ecif_no: push.ecif_no} if at.ecif_no else {})
        fields.update({at.version: push.version} if at.version else {})
        return self.codec.build(self._push_type, fields)

    def repeated(self, body: bytes) -> bytes:
        flag = self.sections.envelope.duplicate
        if flag is None:
            return body
        type, fields = self.codec.parse(body)
        if flag.field is None:
            return self.codec.build(flag.types.get(type, type), fields)
        return self.codec.build(type, {**fields, flag.field: flag.yes})

    def field_of(self, attribute: str, kind: str, *, second: bool = False) -> str:
        """Where the system keeps it, as its sheet names the field: for operators."""
        return self.mapped.field_of(attribute, kind, second=second)

    def shown(self, body: bytes) -> dict[str, Value | None]:
        """What a push or an answer says of the customer, as the system reads it: for peers and checks."""
        return self._commands.shown(self.codec.parse(body)[1])

    # What the gateway asks.

    @property
    def sign_on(self) -> SignOnSection | None:
        return self.sections.sign_on

    @property
    def greeting(self) -> GreetingSection | None:
        return self.sections.greeting

    def greet(self, now: int) -> tuple[str, bytes]:
        """Id and bytes of the hub's own sign-on."""
        return self._replies.greeting(now)

    def read(self, body: bytes, received_at: int) -> Incoming:
        """Never raises for bytes, however bad: they are `Unreadable`."""
        try:
            type, fields = self.codec.parse(body)
        except FormatError as error:
            return self._read_broken(error, body, received_at)
        return self._commands.read(self._envelopes.read(type, fields, body, received_at), fields)

    def reply(self, envelope: Envelope, reply: Reply, now: int) -> bytes | None:
        """The unframed reply; None where nothing is answered."""
        if reply.code == BLANK:
            reply = msgspec.structs.replace(reply, text=self._commands.placed(envelope, reply.text))
        elif reply.code == REUSED:
            reply = msgspec.structs.replace(reply, text=self._commands.reused(envelope))
        return self._replies.reply(envelope, reply, now)

    def busy(self, envelope: Envelope, now: int) -> bytes | None:
        return self.reply(envelope, Reply(BUSY), now)

    def unframed(self, error: FormatError, now: int) -> bytes | None:
        """The answer to a bad length: no id and no type; None where the sheet has no such answer."""
        if not self.sections.unknown.unframed:
            return None
        code, text = format_refusal(error)
        envelope = Envelope(self.name, "", "", self._envelopes.raw_id(b""), None, False, "", b"", now)
        return self.reply(envelope, Reply(code, text=text), now)

    def heartbeat(self, now: int) -> bytes:
        """The hub's own line test."""
        return self._replies.heartbeat(now)

    def heartbeat_answer(self, heartbeat: Heartbeat, now: int) -> bytes | None:
        return self._replies.heartbeat_answer(heartbeat.envelope, now)

    def _read_broken(self, error: FormatError, body: bytes, received_at: int) -> Unreadable:
        envelope = self._envelopes.read_broken(error, body, received_at)
        sooner = self._told_sooner(envelope, dict(error.fields)) if error.kind is FaultKind.CONTENT else None
        return sooner or Unreadable(envelope, *format_refusal(error))

    def _told_sooner(self, envelope: Envelope, fields: Fields) -> Unreadable | None:
        """What is looked at before content, though here content was what could not be read."""
        if self._commands.is_push(envelope.type):
            return self._commands.not_allowed(envelope)
        return self._commands.flag_refused(envelope, fields)

    def _type_with(self, path: Path) -> str:
        """The message type whose layout decides over a field."""
        if path in self._push_paths:
            return self._push_type
        messages = self.sections.messages.items()
        return next(name for name, message in messages if isinstance(message, ImageMessage))


def build_dialect(
    name: str,
    sections: SystemSections,
    codec: Codec,
    code_tables: Mapping[str, Sequence[str]],
    draw: Draw = secrets.token_bytes,
) -> SystemDialect:
    """Raises an ExceptionGroup of DeclarationErrors, one for each fault, when the sections cannot work.

    `code_tables` are the standard codes of conf/codes.toml; of `draw` the ids are made.
    """
    faults = declaration_faults(sections, codec, code_tables)
    if faults:
        raise ExceptionGroup(f"system {name} cannot work as declared", faults)
    mapped = customer_map(sections.customer, _tables(sections, code_tables))
    return SystemDialect(name, sections, codec, mapped, draw)


def _tables(sections: SystemSections, code_tables: Mapping[str, Sequence[str]]) -> Mapping[str, CodeTable]:
    tables = {name: codes.standard(name, own) for name, own in code_tables.items()}
    tables |= {name: codes.declared(name, own) for name, own in sections.codes.items()}
    return tables
