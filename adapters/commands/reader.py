"""Messages → commands: one reader for each message type, chosen by its declared role.

A reader takes the parsed fields and gives the command, or `Unreadable` with the one fault its sender is told.
Heartbeats are not for the service: `Heartbeat` and `HeartbeatReply` end at the session.
"""

from collections.abc import Mapping
from functools import partial

from adapters.clock import offset_seconds
from adapters.commands.answers import read_short, reply_reader, sign_on_reader
from adapters.commands.images import ImageReader
from adapters.commands.incoming import Heartbeat, HeartbeatReply, Incoming, Read
from adapters.commands.questions import QuestionReader
from adapters.commands.required import required_of
from adapters.declaration.messages import (
    ChangeMessage,
    CustomerMessage,
    HeartbeatMessage,
    HeartbeatReplyMessage,
    IdentifyMessage,
    LineMessage,
    Message,
    OpenMessage,
    PushMessage,
    QueryMessage,
    RenumberMessage,
    ReplyMessage,
    SignOnMessage,
    VerifyMessage,
)
from adapters.declaration.sections import SystemSections
from adapters.envelopes import EnvelopeReader
from adapters.mapping import CustomerMap
from adapters.reading import CustomerReader, Problems, Values
from adapters.refusals import (
    BLANK,
    NOT_ALLOWED,
    NUL_RULE,
    REUSED,
    REUSED_RULE,
    UNKNOWN_TYPE,
    UNREADABLE,
    Problem,
    refusal,
)
from adapters.texts import nul_paths
from ecif.messages import Envelope, Unreadable
from formats.codec import Codec, Fields, Path


class CommandReader:
    """Parsed messages of one system → commands. Built once; safe to share between threads."""

    def __init__(
        self, sections: SystemSections, codec: Codec, mapped: CustomerMap, envelopes: EnvelopeReader
    ) -> None:
        self._sections = sections
        self._codec = codec
        self._mapped = mapped
        self._envelopes = envelopes
        self._customer = CustomerReader(mapped)
        self._images = ImageReader(sections, mapped, envelopes, self._customer)
        self._questions = QuestionReader(codec, mapped)
        self._required = {
            name: required_of(message, sections, mapped) for name, message in sections.messages.items()
        }
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

    def _reader_of(self, name: str, message: Message) -> Read:
        images, questions = self._images, self._questions
        match message:
            case CustomerMessage():
                return images.customer
            case OpenMessage():
                return images.opening
            case ChangeMessage():
                return images.amendment
            case RenumberMessage():
                return partial(images.renumbered, message)
            case VerifyMessage():
                return partial(questions.verification, message)
            case IdentifyMessage():
                return partial(questions.identification, message)
            case QueryMessage():
                return partial(questions.query, message)
            case _:
                return self._reader_of_lines(name, message)

    def _reader_of_lines(self, name: str, message: LineMessage) -> Read:
        """What is not about a customer."""
        match message:
            case SignOnMessage():
                section = self._sections.sign_on
                offset = offset_seconds(self._sections.system.time_zone)
                return sign_on_reader(section, offset) if section else self._never
            case ReplyMessage():
                push = self._sections.push
                return reply_reader(message, self._mapped, settles=push is not None and name == push.reply)
            case PushMessage():
                return self._never
            case HeartbeatMessage():
                return lambda envelope, _fields, _problems: Heartbeat(envelope)
            case HeartbeatReplyMessage():
                short = message.short
                return lambda envelope, fields, _: HeartbeatReply(envelope, read_short(short, fields))

    def _never(self, envelope: Envelope, _fields: Fields, _problems: Problems) -> Unreadable:
        return self.not_allowed(envelope)
