"""The dialect of a system as a whole: all its sections, and the small ones themselves.

Shapes only. Whether a field exists in a layout, a code table in conf and an attribute in the customer model
is checked by `adapters.checks` when the dialect is built, since that needs the codec. The transport's
sections are declared in `gateway`, the bytes' in `formats`.

A field is named as the system's sheet names it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel, Strict, model_validator

from adapters.clock import offset_seconds
from adapters.declaration.customer import CustomerSection
from adapters.declaration.declared import Code, Count, Declared, Name, Names, Switch
from adapters.declaration.envelope import EnvelopeSection
from adapters.declaration.messages import CustomerMessage, Message, PushMessage


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
