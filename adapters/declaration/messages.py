"""[messages.<type>]: what a message is for, by its role, and the fields that this takes."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from adapters.declaration.declared import Code, Declared, Name, Names, Switch


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

LineMessage: TypeAlias = SignOnMessage | ReplyMessage | PushMessage | HeartbeatMessage | HeartbeatReplyMessage
"""Those that are not about one customer's record, or are the hub's own."""
