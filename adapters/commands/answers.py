"""Replies to pushes, and the signing on of a line."""

from adapters.clock import SECOND, to_microseconds
from adapters.commands.incoming import Read
from adapters.declaration.messages import ReplyMessage, ShortCodes
from adapters.declaration.sections import SignOnSection
from adapters.mapping import CustomerMap
from adapters.reading import Problems
from adapters.refusals import NOT_SIGNED, Problem
from ecif.messages import Envelope, PushReply, SignOn
from formats.codec import Fields


def reply_reader(message: ReplyMessage, mapped: CustomerMap, *, settles: bool) -> Read:
    """`settles`: it is the type that answers pushes."""
    at, table = message.fields, mapped.tables.get(message.codes or "")

    def read(envelope: Envelope, fields: Fields, _: Problems) -> PushReply:
        own, version = fields.get(at.code, ""), fields.get(at.version or "", 0)
        code = (table.read(own) if table else None) or str(own) or read_short(message.short, fields)
        push_id = str(fields.get(at.reply_to, "")) if settles else ""
        return PushReply(envelope, push_id, code, version if isinstance(version, int) else 0)

    return read


def read_short(short: ShortCodes | None, fields: Fields) -> str:
    """What a coarser code counts as. One that is not declared is told by itself, and settles as a refusal."""
    own = fields.get(short.field, "") if short is not None else ""
    return (short.read.get(own) or f"={own}") if short is not None and own else ""


def sign_on_reader(section: SignOnSection, offset: int) -> Read:
    """`offset`: seconds of the system's time zone."""
    at = section.fields

    def read(envelope: Envelope, fields: Fields, problems: Problems) -> SignOn:
        said = fields.get(at.time, "")
        stated = to_microseconds(said, offset) if said else envelope.received_at
        if not problems and fields.get(at.system) != section.name:
            problems.append(Problem(NOT_SIGNED, (at.system,), "another system"))
        elif not problems and abs(stated - envelope.received_at) > section.clock_seconds * SECOND:
            problems.append(Problem(NOT_SIGNED, (at.time,), f"over {section.clock_seconds} s off"))
        return SignOn(envelope, str(fields.get(at.nonce, "")), stated, section.nonce_seconds)

    return read
