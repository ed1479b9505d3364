"""What the hub says back: replies, answers with a golden record, heartbeats.

A reply to a message repeats that message's id, as received where it could not be read. Types that are replies
themselves get none: an unmatched reply is journalled, never answered.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from re import fullmatch

from adapters.clock import offset_seconds, to_text
from adapters.codes import CodeTable
from adapters.declaration.declared import Names
from adapters.declaration.messages import (
    HeartbeatMessage,
    HeartbeatReplyMessage,
    ReplyFields,
    ReplyMessage,
    ShortCodes,
)
from adapters.declaration.sections import SystemSections
from adapters.listing import ListWriter
from adapters.mapping import CustomerMap
from adapters.writing import CustomerWriter
from ecif.messages import Envelope, Reply
from formats.codec import Codec, Fields
from formats.errors import FormatError

APPLIED = "0000"
REFUSED = "1"  # how the codes of refusals begin


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one reply type is written."""

    at: ReplyFields | None
    """None for the answer to a heartbeat, which has an id and at most a short code."""
    sparse: bool
    table: CodeTable | None
    customer: CustomerWriter | None
    short: ShortCodes | None = None
    echo: Names = ()
    lists: ListWriter | None = None
    refused: Mapping[str, int | str] = field(default_factory=dict)


class ReplyWriter:
    """Built once for a system."""

    def __init__(
        self, sections: SystemSections, codec: Codec, mapped: CustomerMap, new_id: Callable[[int], str]
    ) -> None:
        self._codec = codec
        self._messages = sections.messages
        self._unknown = sections.unknown
        self._envelope = sections.envelope
        self._greeting = sections.greeting
        self._offset = offset_seconds(sections.system.time_zone)
        self._new_id = new_id
        self._own_numbers = mapped.own_numbers
        self._heads = {type: self._head_of({path[0] for path in codec.paths(type)}) for type in codec.types}
        self._plans: Mapping[str, _Plan] = {
            name: self._plan(name, message, mapped)
            for name, message in sections.messages.items()
            if isinstance(message, ReplyMessage | HeartbeatReplyMessage)
        }
        self._heartbeat = next(
            (name for name, message in self._messages.items() if isinstance(message, HeartbeatMessage)), ""
        )

    @property
    def answered(self) -> tuple[str, ...]:
        """Attributes that an answer can carry."""
        found = (plan.customer.attributes for plan in self._plans.values() if plan.customer)
        return tuple(dict.fromkeys(name for names in found for name in names))

    def reply(self, envelope: Envelope, reply: Reply, now: int) -> bytes | None:
        if not reply.code:
            return None
        message = self._messages.get(envelope.type)
        if isinstance(message, ReplyMessage | HeartbeatReplyMessage) or self._unanswerable(envelope):
            return None
        type = getattr(message, "reply", "")
        if type in self._plans and (self._plans[type].at or self._plans[type].short):
            return self._build(type, type, envelope, reply, now)
        return self._reply_unknown(envelope, reply, now)

    def heartbeat(self, now: int) -> bytes:
        """The hub's own line test."""
        message = self._messages[self._heartbeat]
        says = message.says if isinstance(message, HeartbeatMessage) else {}
        head = self.head(self._heartbeat, self._new_id(now), now)
        return self._codec.build(self._heartbeat, {**head, **says})

    def heartbeat_answer(self, envelope: Envelope, now: int) -> bytes | None:
        message = self._messages[envelope.type]
        type = message.reply if isinstance(message, HeartbeatMessage) else ""
        if self._unanswerable(envelope):
            return None
        return self._build(type, type, envelope, Reply(APPLIED), now)

    def greeting(self, now: int) -> tuple[str, bytes]:
        """Id as the answer will say it, and bytes."""
        greeting = self._greeting
        assert greeting is not None
        body = self._codec.build(
            greeting.type, {**self.head(greeting.type, self._new_id(now), now), **greeting.says}
        )
        return str(self._codec.parse(body)[1][self._envelope.id]), body

    def head(self, type: str, message_id: str | bytes, sent_at: int) -> Fields:
        """Id, sent time and duplicate flag of a message of the hub's own."""
        time_field, constant = self._heads[type]
        fields = {self._envelope.id: message_id, **constant}
        if time_field:
            fields[time_field] = to_text(sent_at, self._offset)
        return fields

    def _unanswerable(self, envelope: Envelope) -> bool:
        if not self._envelope.answer_needs:
            return False
        _, head = self._codec.peek(envelope.raw)
        return not all(head.get(name, b"").strip() for name in self._envelope.answer_needs)

    def _plan(self, name: str, message: ReplyMessage | HeartbeatReplyMessage, mapped: CustomerMap) -> _Plan:
        if isinstance(message, HeartbeatReplyMessage):
            return _Plan(None, True, None, None, message.short, message.echo)
        table = mapped.tables[message.codes] if message.codes else None
        paths = self._codec.paths(name)
        answers = message.role == "answer"
        customer = CustomerWriter(mapped, paths) if answers else None
        lists = ListWriter(mapped, paths) if answers else None
        short, echo = message.short, message.echo
        return _Plan(message.fields, message.sparse, table, customer, short, echo, lists, message.refused)

    def _reply_unknown(self, envelope: Envelope, reply: Reply, now: int) -> bytes | None:
        """To a message that no declared reply covers: an unknown type, or one that cannot be told."""
        unknown = self._unknown
        if unknown.reply is None or any(fullmatch(reply, envelope.type) for reply in unknown.replies):
            return None
        if unknown.reply == "=":
            return self._build(envelope.type, unknown.like or "", envelope, reply, now)
        if not unknown.reply.startswith("+"):
            return self._build(unknown.reply, unknown.reply, envelope, reply, now)
        like = unknown.like or ""
        type = stepped(envelope.type, int(unknown.reply))
        if type is not None:
            try:
                return self._build(type, like, envelope, reply, now)
            except FormatError:  # that type has a layout, and it cannot carry a code
                pass
        return self._build(unknown.no_type, like, envelope, reply, now) if unknown.no_type else None

    def _build(self, type: str, like: str, envelope: Envelope, reply: Reply, now: int) -> bytes:
        plan = self._plans[like]
        at, echo = plan.at, _echo(envelope)
        own_id = echo if at is None or at.reply_to == self._envelope.id else self._new_id(now)
        fields = self.head(like, own_id, now)
        if plan.echo:
            fields.update(self._echoed(plan, envelope))
        if plan.short is not None:
            fields[plan.short.field] = _short(plan.short, reply.code)
        if at is None:
            return self._codec.build(type, fields)
        if plan.refused and reply.code.startswith(REFUSED):
            fields.update(plan.refused)
        fields[at.reply_to] = echo
        fields[at.code] = _code(plan, reply.code)
        for name, value in ((at.ecif_no, reply.ecif_no), (at.version, reply.version), (at.text, reply.text)):
            if name and (value or not plan.sparse):
                fields[name] = value
        if plan.customer and reply.answer and reply.code == APPLIED:
            answer = reply.answer
            number = answer.customer_no if self._own_numbers else reply.ecif_no
            fields.update(plan.customer.write(answer.kind, number, answer.values, {}))
            fields.update(plan.lists.write(answer.holdings, answer.relations) if plan.lists else {})
        return self._codec.build(type, fields)

    def _echoed(self, plan: _Plan, envelope: Envelope) -> Fields:
        _, head = self._codec.peek(envelope.raw)
        return {name: head[name] for name in plan.echo if head.get(name, b"").strip()}

    def _head_of(self, names: Collection[str | int]) -> tuple[str, Fields]:
        """The field of the sent time where a type says it, and what its head always says."""
        envelope, flag = self._envelope, self._envelope.duplicate
        time_field = envelope.sent_at if envelope.sent_at in names and not envelope.new_id.time else ""
        flagged = flag is not None and flag.field is not None and flag.field in names
        return time_field or "", {flag.field: flag.no[0]} if flag and flag.field and flagged else {}


def _short(short: ShortCodes, code: str) -> str:
    return next((own for own, codes in short.write.items() if code in codes), short.otherwise)


def stepped(type: str, step: int) -> str | None:
    """The type `step` above: `0x20` → `0x21`, `0302` → `0312`. None where there is none of that width."""
    digits = type.removeprefix("0x")
    base = 16 if digits != type else 10
    if not (digits.isascii() and digits.isalnum()):
        return None
    try:
        number = int(digits, base) + step
    except ValueError:
        return None
    width = len(digits)
    text = f"0x{number:0{width}X}" if base == 16 else f"{number:0{width}d}"
    return text if len(text) == len(type) else None


def _echo(envelope: Envelope) -> str | bytes:
    return envelope.message_id if envelope.message_id and not envelope.raw_id else envelope.raw_id


def _code(plan: _Plan, code: str) -> str | int:
    own = plan.table.write(code) if plan.table else None
    return code if own is None else own
