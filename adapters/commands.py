"""Messages → commands: one reader for each message type, chosen by its declared role.

A reader takes the parsed fields and gives the command, or `Unreadable` with the one fault its sender is told.
Heartbeats are not for the service: `Heartbeat` and `HeartbeatReply` end at the session.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from adapters.clock import SECOND, offset_seconds, to_microseconds
from adapters.codes import CodeTable
from adapters.declaration import (
    CustomerMessage,
    HeartbeatMessage,
    HeartbeatReplyMessage,
    IdentifyFields,
    IdentifyMessage,
    Message,
    PushMessage,
    QueryMessage,
    RenumberMessage,
    ReplyMessage,
    ShortCodes,
    SignOnMessage,
    SystemSections,
)
from adapters.envelopes import EnvelopeReader
from adapters.lists import ListReader
from adapters.mapping import CLEAR, CustomerMap
from adapters.reading import CustomerReader, Problems, Required, Values, read_code, read_seq
from adapters.refusals import (
    BLANK,
    BLANK_RULE,
    CLEARED_RULE,
    NOT_ALLOWED,
    NOT_SIGNED,
    REUSED,
    REUSED_RULE,
    UNKNOWN_TYPE,
    UNREADABLE,
    Problem,
    refusal,
)
from adapters.texts import plain_text
from ecif.messages import (
    Command,
    CustomerImage,
    Envelope,
    Identification,
    NumberReplaced,
    PartyQuery,
    PushReply,
    SignOn,
    Unreadable,
)
from ecif.model import PartyChange
from formats.codec import Codec, Fields, Path


class Heartbeat(msgspec.Struct, frozen=True):
    """The peer asks whether the line lives."""

    envelope: Envelope


class HeartbeatReply(msgspec.Struct, frozen=True):
    envelope: Envelope
    code: str = ""
    """Where the sheet has one."""


Incoming: TypeAlias = Command | Heartbeat | HeartbeatReply
Read: TypeAlias = Callable[[Envelope, Fields, Problems], Incoming]
"""The value it gives counts only if it found no problems."""


class CommandReader:
    """Parsed messages of one system → commands. Built once; safe to share between threads."""

    def __init__(
        self, sections: SystemSections, codec: Codec, mapped: CustomerMap, envelopes: EnvelopeReader
    ) -> None:
        self._sections = sections
        self._codec = codec
        self._mapped = mapped
        self._envelopes = envelopes
        self._offset = offset_seconds(sections.system.time_zone)
        self._customer = CustomerReader(mapped)
        self._lists = ListReader(mapped)
        self._settling = sections.push.reply if sections.push else ""
        self._required = {name: self._required_of(message) for name, message in sections.messages.items()}
        self._readers: Mapping[str, Read] = {
            name: self._reader_of(name, message) for name, message in sections.messages.items()
        }

    def read(self, envelope: Envelope, fields: Fields) -> Incoming:
        reader = self._readers.get(envelope.type)
        if reader is None:
            return self._refused(envelope, [Problem(UNKNOWN_TYPE, self._type_path(), "unknown type")])
        problems: Problems = []
        self._envelopes.read_seen(fields, problems)
        self._required[envelope.type].check(fields, problems)
        command = reader(envelope, fields, problems)
        return self._refused(envelope, problems) if problems else command

    def shown(self, fields: Fields) -> Values:
        """The values in any message that carries a customer."""
        return self._customer.read(fields, [])[0]

    def is_push(self, type: str) -> bool:
        """Whether only the hub may send it."""
        return isinstance(self._sections.messages.get(type), PushMessage)

    def not_allowed(self, envelope: Envelope) -> Unreadable:
        return self._refused(envelope, [Problem(NOT_ALLOWED, self._type_path(), "not for this system")])

    def flag_refused(self, envelope: Envelope, fields: Fields) -> Unreadable | None:
        """Flags are looked at before content: a wrong one is told although more cannot be read."""
        problems: Problems = []
        self._envelopes.read_seen(fields, problems)
        return self._refused(envelope, problems) if problems else None

    def placed(self, envelope: Envelope, text: str) -> str:
        """A refusal of the customer half, `attribute rule`, with the sender's own field and its place."""
        attribute, _, rule = text.partition(" ")
        field = next((single.field for single in self._mapped.singles if single.attribute == attribute), None)
        return text if field is None else self._refused(envelope, [Problem(BLANK, (field,), rule)]).text

    def reused(self, envelope: Envelope) -> str:
        """The text of a 1004: the sender's own field for the id, and its place."""
        return self._refused(envelope, [Problem(REUSED, (self._sections.envelope.id,), REUSED_RULE)]).text

    def _refused(self, envelope: Envelope, problems: Problems) -> Unreadable:
        code, text = refusal(problems, lambda path: self._codec.place(envelope.raw, path))
        return Unreadable(envelope, code, text)

    def _type_path(self) -> Path:
        return (self._sections.envelope.type or self._sections.envelope.id,)

    def _required_of(self, message: Message) -> Required:
        names = list(getattr(message, "required", ()))
        own_rules: set[str] = set()
        if isinstance(message, CustomerMessage):
            own_rules = {self._mapped.seq}
            names += [self._mapped.number, self._sections.envelope.sent_at or ""]
        elif isinstance(message, RenumberMessage):
            own_rules = {message.fields.seq}
            names += [message.fields.old, message.fields.new, self._sections.envelope.sent_at or ""]
        elif isinstance(message, ReplyMessage):
            names += [message.fields.reply_to, message.short.field if message.short else message.fields.code]
        tables = {single.field: single.table for single in self._mapped.singles if single.table is not None}
        kept = [name for name in dict.fromkeys(names) if name and name not in own_rules]
        return Required(kept, tables)

    def _reader_of(self, name: str, message: Message) -> Read:
        match message:
            case CustomerMessage():
                return self._read_customer
            case RenumberMessage():
                return lambda envelope, fields, problems: self._renumber(message, envelope, fields, problems)
            case IdentifyMessage():
                return lambda envelope, fields, problems: self._identify(message, envelope, fields, problems)
            case QueryMessage():
                return lambda envelope, fields, problems: self._query(message, envelope, fields, problems)
            case SignOnMessage():
                return self._sign_on
            case ReplyMessage():
                settles = name == self._settling
                return lambda envelope, fields, _: self._reply(message, envelope, fields, settles=settles)
            case PushMessage():
                return lambda envelope, _fields, _problems: self.not_allowed(envelope)
            case HeartbeatMessage():
                return lambda envelope, _fields, _problems: Heartbeat(envelope)
            case HeartbeatReplyMessage():
                short = message.short
                return lambda envelope, fields, _: HeartbeatReply(envelope, read_short(short, fields))

    def _read_customer(self, envelope: Envelope, fields: Fields, problems: Problems) -> Incoming:
        mapped = self._mapped
        seq = read_seq(fields, mapped.seq, mapped.seq_limit, problems)
        self._envelopes.read_time(envelope, fields, problems)
        values, named = self._customer.read(fields, problems)
        relations = self._lists.relations(fields, problems)
        holdings = self._lists.holdings(fields, problems)
        number, sent = fields.get(mapped.number, ""), self._envelopes.since(envelope)
        since = self._customer.since(fields, values, sent, self._offset)
        change = PartyChange(
            number, seq, sent, envelope.duplicate, values, named, relations, holdings, since
        )
        return CustomerImage(envelope, change)

    def _renumber(
        self, message: RenumberMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Incoming:
        at = message.fields
        seq = read_seq(fields, at.seq, self._mapped.seq_limit, problems)
        return NumberReplaced(envelope, fields.get(at.old, ""), fields.get(at.new, ""), seq)

    def _identify(
        self, message: IdentifyMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Incoming:
        at = message.fields
        type, number = "", ""
        if at.documents is None:
            type, number = self._document(at, fields, (), problems)
        elif fields.get(at.documents):  # an absent one is a required field that is blank
            type, number = self._document(at, fields[at.documents][0], (at.documents, 0), problems)
        return Identification(envelope, plain_text(fields.get(at.name, "")), (type, number))

    def _document(self, at: IdentifyFields, entry: Fields, path: Path, problems: Problems) -> tuple[str, str]:
        type = self._document_type(entry, (*path, at.document_type), problems)
        number = entry.get(at.document_number, "")
        if number in ("", CLEAR):
            rule = CLEARED_RULE if number == CLEAR else BLANK_RULE
            _once(Problem(BLANK, (*path, at.document_number), rule), problems)
        return type, plain_text(number)

    def _document_type(self, entry: Fields, path: Path, problems: Problems) -> str:
        table = self._document_table()
        known = len(problems)
        own = entry.get(str(path[-1]), "")
        code = read_code(table, own, path, problems) if table else str(own)
        if code in ("", CLEAR) and len(problems) == known:
            _once(Problem(BLANK, path, CLEARED_RULE if code == CLEAR else BLANK_RULE), problems)
        return code

    def _document_table(self) -> CodeTable | None:
        documents = next((family for family in self._mapped.families if family.name == "document"), None)
        return documents.table if documents else None

    def _query(
        self, message: QueryMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Incoming:
        asked = (message.fields.customer_no, message.fields.ecif_no)
        customer_no, ecif_no = (fields.get(field, "") if field else "" for field in asked)
        given = [field for field in asked if field]
        if customer_no and ecif_no:
            problems.append(Problem(UNREADABLE, (given[-1],), f"beside {given[0]}"))
        elif not customer_no and not ecif_no:
            problems.append(Problem(BLANK, (given[0],), BLANK_RULE))
        return PartyQuery(envelope, ecif_no=ecif_no, customer_no=customer_no)

    def _sign_on(self, envelope: Envelope, fields: Fields, problems: Problems) -> Incoming:
        section = self._sections.sign_on
        if section is None:
            return self.not_allowed(envelope)
        at = section.fields
        said = fields.get(at.time, "")
        stated = to_microseconds(said, self._offset) if said else envelope.received_at
        if not problems and fields.get(at.system) != section.name:
            problems.append(Problem(NOT_SIGNED, (at.system,), "another system"))
        elif not problems and abs(stated - envelope.received_at) > section.clock_seconds * SECOND:
            problems.append(Problem(NOT_SIGNED, (at.time,), f"over {section.clock_seconds} s off"))
        return SignOn(envelope, str(fields.get(at.nonce, "")), stated)

    def _reply(self, message: ReplyMessage, envelope: Envelope, fields: Fields, *, settles: bool) -> Incoming:
        at = message.fields
        own, version = fields.get(at.code, ""), fields.get(at.version or "", 0)
        table = self._mapped.tables.get(message.codes or "")
        code = (table.read(own) if table else None) or str(own) or read_short(message.short, fields)
        push_id = str(fields.get(at.reply_to, "")) if settles else ""
        return PushReply(envelope, push_id, code, version if isinstance(version, int) else 0)


def read_short(short: ShortCodes | None, fields: Fields) -> str:
    """What a coarser code counts as. One that is not declared is told by itself, and settles as a refusal."""
    own = fields.get(short.field, "") if short is not None else ""
    return (short.read.get(own) or f"={own}") if short is not None and own else ""


def _once(problem: Problem, problems: Problems) -> None:
    """Where a required field is half of a pair as well."""
    if all(problem.path != other.path for other in problems):
        problems.append(problem)
