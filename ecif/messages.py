"""What systems ask of the hub and what it answers: the values that cross from adapters to the service.

An adapter turns one message into one command; `service.take_in` turns a batch of commands into replies, one
each, in order; the adapter turns each reply into bytes. Neither side sees the other's insides; they may be
two processes.
"""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from ecif.evidence import Weighed
from ecif.model import Golden, Holding, Key, PartyChange, Relation, SourceRecord, Value


class _Asked(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Written between the hub's processes as its name and its fields, in order."""


class Envelope(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is known of any message before its content: enough to journal and to answer it."""

    system: str
    type: str
    """As the sheet names it; "" when it cannot be read."""
    message_id: str
    """"" when it cannot be read: then the message uses up no id."""
    raw_id: bytes
    """The id as received, for echoing an unreadable one."""
    sent_at: int | None
    duplicate: bool
    digest: str
    """SHA-256 (hex) of all bytes but sent time, duplicate flag and seal: what "same content" means."""
    raw: bytes
    """The whole message, unframed."""
    received_at: int


class First(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an image makes of a record that nobody knows (`ecif.foresight`)."""

    record: SourceRecord
    said: Weighed
    golden: Golden
    """Of a customer of whom nothing else is known."""
    difference: str
    """From nothing to that, as its change event says it."""
    alike: tuple[Key, ...] | None = None
    """Records that a bulk engine found to be like it (`ecif.bulk.alike`); None: nobody looked."""


class CustomerImage(_Asked, frozen=True, gc=False):
    envelope: Envelope
    change: PartyChange
    first: First | None = None
    """Where that was worked out already."""


class Opening(_Asked, frozen=True, gc=False):
    """A customer without a number: it gets the ECIF number as its own."""

    envelope: Envelope
    change: PartyChange


class Amendment(_Asked, frozen=True, gc=False):
    """A full image under an ECIF number, which may be an old one."""

    envelope: Envelope
    change: PartyChange


class Correction(_Asked, frozen=True, gc=False):
    """What staff say of a customer, by any ECIF number it ever had (`ecif.corrections`)."""

    envelope: Envelope
    change: PartyChange
    actor: str
    reason: str


class Verification(_Asked, frozen=True, gc=False):
    """Somebody has seen the original of a document."""

    envelope: Envelope
    ecif_no: str
    document: tuple[str, str]


class NumberReplaced(_Asked, frozen=True, gc=False):
    """The system merged or renumbered: the old number's source record moves to the new one."""

    envelope: Envelope
    old: str
    new: str
    seq: int


class Identification(_Asked, frozen=True, gc=False):
    """Who carries this document under this name?"""

    envelope: Envelope
    name: str
    document: tuple[str, str]


class PartyQuery(_Asked, frozen=True, gc=False):
    """One of ecif_no, customer_no and document says who."""

    envelope: Envelope
    ecif_no: str = ""
    customer_no: str = ""
    of_system: str = ""
    """Whose customer number; "" for the asking system's own."""
    document: tuple[str, str] | None = None
    lists: bool = False
    """Holdings and relations are asked for, too."""


class SignOn(_Asked, frozen=True, gc=False):
    envelope: Envelope
    nonce: str
    at: int
    nonce_seconds: int = 600
    """How long that nonce may not come again."""


class PushReply(_Asked, frozen=True, gc=False):
    """A system's own answer to a push."""

    envelope: Envelope
    push_id: str
    code: str
    version: int = 0


class Unreadable(_Asked, frozen=True, gc=False):
    """Refused by the adapter: `code` 1001, 1002, 1003, 1005, 1006 or 2002; `text` is `FIELD@N rule`."""

    envelope: Envelope
    code: str
    text: str


Bound: TypeAlias = (
    CustomerImage | Opening | Amendment | Correction | Verification | NumberReplaced | Unreadable
)
"""What may use up its message's id."""
Command: TypeAlias = Bound | Identification | PartyQuery | SignOn | PushReply


class Answer(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A golden record in full, in the form the asking system writes."""

    kind: str
    customer_no: str
    """"" where the asking system never sent that customer."""
    values: Mapping[str, Value]
    holdings: tuple[tuple[str, Holding], ...] | None = None
    """With the system that reports each; None where they were not asked for."""
    relations: tuple[tuple[Relation, str], ...] | None = None
    """With the ECIF number of who is meant, "" where that is not known."""


class Reply(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the sender is told. A push reply and an unmatched one get no bytes: `code` is ""."""

    code: str
    ecif_no: str = ""
    version: int = 0
    text: str = ""
    answer: Answer | None = None


class Outgoing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A push that is committed and may leave now."""

    system: str
    customer_no: str
    push_id: str
    body: bytes
    copies: int
    """1 for the first copy."""
