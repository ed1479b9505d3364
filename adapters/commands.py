"""Messages → commands: one reader for each message type, chosen by its declared role.

A reader takes the parsed fields and gives the command, or `Unreadable` with the one fault its sender is told.
Heartbeats are not for the service: `Heartbeat` and `HeartbeatReply` end at the session.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from adapters.clock import SECOND, offset_seconds, to_microseconds
from adapters.codes import CodeTable
from adapters.declaration.messages import (
    ChangeMessage,
    CustomerMessage,
    HeartbeatMessage,
    HeartbeatReplyMessage,
    IdentifyMessage,
    ImageMessage,
    Message,
    OpenMessage,
    PushMessage,
    QueryMessage,
    RenumberMessage,
    ReplyMessage,
    ShortCodes,
    SignOnMessage,
    VerifyMessage,
)
from adapters.declaration.sections import SystemSections
from adapters.envelopes import EnvelopeReader
from adapters.lists import ListReader
from adapters.mapping import CLEAR, CustomerMap
from adapters.reading import (
    CustomerReader,
    Problems,
    Required,
    Values,
    read_code,
    read_optional_seq,
    read_seq,
)
from adapters.refusals import (
    BLANK,
    BLANK_RULE,
    CLEARED_RULE,
    NOT_ALLOWED,
    NOT_SIGNED,
    NUL_RULE,
    REUSED,
    REUSED_RULE,
    UNKNOWN_TYPE,
    UNREADABLE,
    Problem,
    refusal,
)
from adapters.texts import nul_paths, plain_text
from ecif.messages import (
    Amendment,
    Command,
    CustomerImage,
    Envelope,
    Identification,
    NumberReplaced,
    Opening,
    PartyQuery,
    PushReply,
    SignOn,
    Unreadable,
    Verification,
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
        if b"\x00" in envelope.raw:
            problems += [Problem(UNREADABLE, path, NUL_RULE) for path in nul_paths(fields)]
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
        path = self._path_of(attribute, envelope)
        return self._refused(envelope, [Problem(BLANK, path, rule)]).text if path else text

    def _path_of(self, attribute: str, envelope: Envelope) -> Path:
        """Of an entry of a list: where this message has it. () where the system has no field for it."""
        single = next((one.field for one in self._mapped.singles if one.attribute == attribute), None)
        if single is not None:
            return (single,)
        name, _, key = attribute.partition(":")
        family = next((one for one in self._mapped.families if one.name == name and one.list), None)
        if family is None or family.table is None:
            return ()
        entries = self._codec.parse(envelope.raw)[1].get(family.list or "") or ()
        for index in reversed(range(len(entries))):  # of two with one key the last holds
            if family.table.read(entries[index].get(family.key or "", "")) == key:
                return (family.list or "", index, family.main)
        return ()

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
        if isinstance(message, ImageMessage):
            own_rules = {self._mapped.seq}
            number = () if isinstance(message, OpenMessage) else (self._mapped.number,)
            names += [*number, self._sections.envelope.sent_at or ""]
        elif isinstance(message, VerifyMessage):
            names += [message.fields.ecif_no, self._sections.envelope.sent_at or ""]
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
            case OpenMessage():
                return self._open
            case ChangeMessage():
                return lambda envelope, fields, problems: Amendment(
                    envelope, self._unnumbered(envelope, fields, problems)
                )
            case VerifyMessage():
                return lambda envelope, fields, problems: self._verify(message, envelope, fields, problems)
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

    def _open(self, envelope: Envelope, fields: Fields, problems: Problems) -> Incoming:
        change = self._unnumbered(envelope, fields, problems)
        documents = next(family for family in self._mapped.families if family.name == "document")
        if not any(name.startswith("document:") and value for name, value in change.values.items()):
            _once(Problem(BLANK, (documents.list or documents.main,), BLANK_RULE), problems)
        return Opening(envelope, change)

    def _unnumbered(self, envelope: Envelope, fields: Fields, problems: Problems) -> PartyChange:
        """An image whose system need not number its changes; holdings and relations are not its to say."""
        mapped = self._mapped
        seq = read_optional_seq(fields, mapped.seq, mapped.seq_limit, problems)
        values, named = self._customer.read(fields, problems)
        number, since = fields.get(mapped.number, ""), self._envelopes.since(envelope)
        return PartyChange(number, seq, since, envelope.duplicate, values, named)

    def _verify(
        self, message: VerifyMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Incoming:
        at = message.fields
        document = self._document(at.document_type, at.document_number, fields, (), problems)
        return Verification(envelope, fields.get(at.ecif_no, ""), document)

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
        names = (at.document_type, at.document_number)
        if at.documents is None:
            type, number = self._document(*names, fields, (), problems)
        elif fields.get(at.documents):  # an absent one is a required field that is blank
            type, number = self._document(*names, fields[at.documents][0], (at.documents, 0), problems)
        return Identification(envelope, plain_text(fields.get(at.name, "")), (type, number))

    def _document(
        self, type_at: str, number_at: str, entry: Fields, path: Path, problems: Problems
    ) -> tuple[str, str]:
        type = self._document_type(entry, (*path, type_at), problems)
        number = entry.get(number_at, "")
        if number in ("", CLEAR):
            rule = CLEARED_RULE if number == CLEAR else BLANK_RULE
            _once(Problem(BLANK, (*path, number_at), rule), problems)
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
        at = message.fields
        asked = [field for field in (at.customer_no, at.ecif_no, at.document_number) if field]
        given = [field for field in asked if fields.get(field, "")]
        if len(given) > 1:
            problems.append(Problem(UNREADABLE, (given[1],), f"beside {given[0]}"))
        elif not given:
            problems.append(Problem(BLANK, (self._missing(message, fields) or asked[0],), BLANK_RULE))
        customer_no, ecif_no, system = (
            fields.get(field, "") if field else "" for field in (at.customer_no, at.ecif_no, at.system)
        )
        if not self._mapped.own_numbers and not system:
            customer_no, ecif_no = "", ecif_no or customer_no
        document = None
        if given and given[0] == at.document_number and at.document_type:
            document = self._document(at.document_type, at.document_number, fields, (), problems)
        return PartyQuery(envelope, ecif_no, customer_no, system, document, self._has_lists(message.reply))

    def _missing(self, message: QueryMessage, fields: Fields) -> str | None:
        """Of a pair of which only the other half is there."""
        at = message.fields
        pairs = ((at.system, at.customer_no), (at.document_type, at.document_number))
        return next((field for beside, field in pairs if beside and fields.get(beside)), None)

    def _has_lists(self, reply: str) -> bool:
        lists = (self._mapped.holdings, self._mapped.relations)
        return any(listed is not None and (listed.list,) in self._codec.paths(reply) for listed in lists)

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
