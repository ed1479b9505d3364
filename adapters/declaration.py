"""What `conf/systems/<name>/system.toml` says about a system's dialect: sections as frozen models.

Shapes only. Whether a field exists in a layout, a code table in conf and an attribute in the customer model
is checked by `adapters.checks` when the dialect is built, since that needs the codec. The transport's
sections are declared in `gateway`, the bytes' in `formats`, [customer] in `adapters.customer`.

A field is named as the system's sheet names it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, RootModel, Strict, model_validator

from adapters.clock import offset_seconds
from adapters.customer import CustomerSection
from adapters.declared import Code, Count, Declared, Name, Names, Switch


def _zone(text: str) -> str:
    offset_seconds(text)
    return text


class SystemSection(Declared):
    """[system]"""

    title: str = ""
    time_zone: Annotated[str, AfterValidator(_zone)] = "+08:00"
    """Offset of all times in this system's messages."""
    pushes: Literal["applied", "seen", "no"] = "applied"
    """What a positive reply to a push means: it is there; believe it when it comes back; takes no pushes."""
    clock_skew_seconds: Annotated[float, Strict(), Field(ge=1, le=3600)] = 2
    """Bound on how far its clock and the hub's differ; sheets cut times to seconds, so at least 1."""
    harmless: Names = ()
    """Fields that dumps and diagnoses may show ("LIST.FIELD" in a list), since no customer can be read from
    them. The envelope, numbers, reply codes and kinds are shown anyway, everything else is masked."""


class DuplicateFlag(Declared):
    """A field that says so, or a message type that does."""

    field: Name | None = None
    yes: Code = ""
    """What marks a possible duplicate."""
    no: tuple[Code, ...] = ()
    """What does not; the first is written. Anything else is unreadable (1001)."""
    types: Mapping[Name, Name] = {}
    """Message type → the type that repeats it."""

    @model_validator(mode="after")
    def _one_way(self) -> "DuplicateFlag":
        if bool(self.field and self.no and "yes" in self.model_fields_set) == bool(self.types):
            raise ValueError("needs field, yes and no, or types")
        return self


class NewId(Declared):
    """How the hub makes its own message ids: upper-case letters and digits, or a UUID in hex."""

    count: Annotated[int, Strict(), Field(ge=1, le=18)] | None = None
    """Digits that follow: a number that rises and begins anew after its last."""
    time: Literal["YYYYMMDDhhmmss", "MMDDhhmmss"] | None = None
    """Then the time of the message, which needs no field of its own."""

    length: Annotated[int, Strict(), Field(ge=12, le=64)] | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Z0-9]{0,4}$")] = "H"
    uuid: Switch = False

    @model_validator(mode="after")
    def _one_way(self) -> "NewId":
        if (self.length is None) == (not self.uuid):
            raise ValueError("needs either length = N or uuid = true")
        if self.uuid and (self.count or self.time):
            raise ValueError("a uuid stands alone, without count and time")
        return self


class EnvelopeSection(Declared):
    """[envelope]: what every message has around its content."""

    id: Name
    type: Name | None = None
    """Field that holds the message type, for the text of a refusal."""
    sent_at: Name | None = None
    sent_at_pattern: Literal["YYYYMMDDhhmmss", "MMDDhhmmss"] = "YYYYMMDDhhmmss"
    """Without a year it is the one nearest to now."""
    duplicate: DuplicateFlag | None = None
    new_id: NewId
    ahead_seconds: Count = 300
    """A sent time further ahead of the hub's clock counts as the hub's time."""
    answer_needs: Names = ()
    """Fields without which a message is not answered, since nobody could tell what to."""


class PushFields(Declared):
    ecif_no: Name | None = None
    version: Name | None = None


class ShortCodes(Declared):
    """A coarser reply code beside the exact one, or instead of it."""

    field: Name
    write: Mapping[Name, Annotated[tuple[Name, ...], Field(min_length=1)]]
    """Own code → the reply codes it stands for."""
    otherwise: Name
    """What is written for any other reply code."""
    read: Mapping[Name, Name]
    """Own code → what it counts as where the exact one is absent; any other is a final refusal."""


class CustomerMessage(Declared):
    """A customer's full image: fields as [customer] maps them."""

    role: Literal["customer"]
    reply: Name
    required: Names = ()
    push: PushFields | None = None
    """The hub pushes by this same type, where there is none with the role push."""


class OpenMessage(Declared):
    """A new customer, without a number: the answer gives it the ECIF number as its own."""

    role: Literal["open"]
    reply: Name
    required: Names = ()


class ChangeMessage(Declared):
    """A customer's full image under its ECIF number, an old one too; seq may be blank: then the sent time
    orders, then the id."""

    role: Literal["change"]
    reply: Name
    required: Names = ()


class VerifyFields(Declared):
    ecif_no: Name
    document_type: Name
    document_number: Name


class VerifyMessage(Declared):
    """Somebody has seen the original of a document that the customer carries."""

    role: Literal["verify"]
    reply: Name
    required: Names = ()
    fields: VerifyFields


class RenumberFields(Declared):
    old: Name
    new: Name
    seq: Name


class RenumberMessage(Declared):
    """The system merged or renumbered one of its customers."""

    role: Literal["renumber"]
    reply: Name
    required: Names = ()
    fields: RenumberFields


class IdentifyFields(Declared):
    name: Name
    documents: Name | None = None
    """The list that holds the document, where it stands in one."""
    document_type: Name
    document_number: Name


class IdentifyMessage(Declared):
    """Who carries this document under this name?"""

    role: Literal["identify"]
    reply: Name
    required: Names = ()
    fields: IdentifyFields


class QueryFields(Declared):
    customer_no: Name | None = None
    ecif_no: Name | None = None
    system: Name | None = None
    """Whose customer number; where it is blank, and the hub numbers customers, that is an ECIF number."""
    document_type: Name | None = None
    document_number: Name | None = None

    @model_validator(mode="after")
    def _some(self) -> "QueryFields":
        if self.customer_no is None and self.ecif_no is None:
            raise ValueError("needs customer_no, ecif_no or both")
        if self.system is not None and self.customer_no is None:
            raise ValueError("system goes with customer_no")
        if (self.document_type is None) != (self.document_number is None):
            raise ValueError("document_type and document_number go together")
        return self


class QueryMessage(Declared):
    """A party by one of its numbers."""

    role: Literal["query"]
    reply: Name
    required: Names = ()
    fields: QueryFields


class SignOnMessage(Declared):
    role: Literal["sign_on"]
    reply: Name
    required: Names = ()


class ReplyFields(Declared):
    reply_to: Name
    """The request's id; the same field as envelope.id where a reply has no id of its own."""
    code: Name
    ecif_no: Name | None = None
    version: Name | None = None
    text: Name | None = None


class ReplyMessage(Declared):
    """`reply` answers with a code; `answer` with the golden record besides when the code is 0000."""

    role: Literal["reply", "answer"]
    fields: ReplyFields
    codes: Name | None = None
    """Code table where the system has reply codes of its own."""
    sparse: Switch = False
    """Fields with nothing to say are left out (no ECIF number, version 0, no text), not written as zeros."""
    refused: Mapping[Name, Code] = {}
    """What a refusal (1xxx) says all the same where `sparse` leaves it out."""
    short: ShortCodes | None = None
    echo: Names = ()
    """Fields repeated from the request, as they were received."""


class PushMessage(Declared):
    """The golden record on its way to the system; what it can carry is what its layout has of [customer]."""

    role: Literal["push"]
    reply: Name
    """The system's answer. Another reply type settles nothing."""
    fields: PushFields = PushFields()


class HeartbeatMessage(Declared):
    role: Literal["heartbeat"]
    reply: Name
    required: Names = ()
    says: Mapping[Name, Code] = {}
    """What the hub's own say."""


class HeartbeatReplyMessage(Declared):
    role: Literal["heartbeat_reply"]
    short: ShortCodes | None = None
    echo: Names = ()


Message: TypeAlias = Annotated[
    CustomerMessage
    | OpenMessage
    | ChangeMessage
    | VerifyMessage
    | RenumberMessage
    | IdentifyMessage
    | QueryMessage
    | SignOnMessage
    | ReplyMessage
    | PushMessage
    | HeartbeatMessage
    | HeartbeatReplyMessage,
    Field(discriminator="role"),
]


ImageMessage: TypeAlias = CustomerMessage | OpenMessage | ChangeMessage
"""Those that carry a customer's full image."""


class UnknownSection(Declared):
    """[unknown]: how a message is answered that no [messages] table covers."""

    reply: Annotated[str, Field(pattern=r"^(=|\+[1-9][0-9]*|[^+=].*)$")] | None = None
    """A message type; `+N`: the request's own type plus N; `=`: its own type, also where that cannot
    be read. These two are laid out as `like`. Absent: no answer."""
    replies: Names = ()
    """Patterns of types that are replies themselves: they are never answered."""
    like: Name | None = None
    """With `+N` and `=`: the reply type whose fields the answer has."""
    no_type: Name | None = None
    """With `+N`: the answer where that type cannot carry a code, or the request's cannot be read, as after a
    bad length. Absent: none."""

    unframed: Switch = True
    """Whether bytes that are no frame are answered before the line is closed."""

    @model_validator(mode="after")
    def _complete(self) -> "UnknownSection":
        if (self.reply or "").startswith(("+", "=")) != (self.like is not None):
            raise ValueError("like belongs to a reply of +N or =, and such a reply needs it")
        return self


class SignOnFields(Declared):
    system: Name
    time: Name
    nonce: Name


class SignOnSection(Declared):
    """[sign_on]: the first message on every line."""

    type: Name
    fields: SignOnFields
    name: Name
    """What the `system` field must say."""
    clock_seconds: Count = 300
    """How far its time may be off."""
    nonce_seconds: Count = 600
    """How long a nonce may not come again."""


class GreetingSection(Declared):
    """[greeting]: the hub signs on, first of all on a line that it has dialled.

    Until its answer (a `heartbeat_reply` with `short` codes) says that all is well nothing else is sent.
    """

    type: Name
    says: Mapping[Name, Code] = {}


class SystemSections(Declared):
    """All sections that declare a dialect. The conf tree's own model of a system inherits them."""

    system: SystemSection
    envelope: EnvelopeSection
    messages: Mapping[str, Message]
    unknown: UnknownSection = UnknownSection()
    customer: CustomerSection
    codes: Mapping[str, Mapping[str, tuple[Code, ...]]] = {}
    sign_on: SignOnSection | None = None
    greeting: GreetingSection | None = None

    @property
    def push(self) -> PushMessage | None:
        """How the golden record is pushed."""
        return next((push for _, push in self._pushes()), None)

    @property
    def push_type(self) -> str:
        """Its message type; "" where there is none."""
        return next((name for name, _ in self._pushes()), "")

    def _pushes(self) -> Iterator[tuple[str, PushMessage]]:
        for name, message in self.messages.items():
            if isinstance(message, PushMessage):
                yield name, message
            elif isinstance(message, CustomerMessage) and message.push is not None:
                yield name, PushMessage(role="push", reply=message.reply, fields=message.push)


class CodesFile(RootModel[dict[str, tuple[Name, ...]]]):
    """conf/codes.toml: table → standard codes."""

    model_config = ConfigDict(frozen=True)


def sections_of(data: Mapping[str, Any]) -> SystemSections:
    """The dialect's sections out of a whole system.toml: for tools and tests without the conf tree."""
    own = {key: data[key] for key in SystemSections.model_fields if key in data}
    return SystemSections.model_validate(own)
