"""Fields that a message may not lack, by its role: what conf lists, and what the role itself needs."""

from collections.abc import Iterator

from adapters.declaration.messages import (
    ChangeMessage,
    CustomerMessage,
    ImageMessage,
    Message,
    OpenMessage,
    RenumberMessage,
    ReplyMessage,
    VerifyMessage,
)
from adapters.declaration.sections import SystemSections
from adapters.mapping import CustomerMap
from adapters.reading import Required


def required_of(message: Message, sections: SystemSections, mapped: CustomerMap) -> Required:
    named = (*getattr(message, "required", ()), *_of_role(message, sections, mapped))
    own_rules = _with_own_rules(message, mapped)
    tables = {single.field: single.table for single in mapped.singles if single.table is not None}
    return Required([name for name in dict.fromkeys(named) if name and name not in own_rules], tables)


def _of_role(message: Message, sections: SystemSections, mapped: CustomerMap) -> Iterator[str | None]:
    sent_at = sections.envelope.sent_at
    match message:
        case OpenMessage():
            yield sent_at
        case CustomerMessage() | ChangeMessage():
            yield from (mapped.number, sent_at)
        case VerifyMessage():
            yield from (message.fields.ecif_no, sent_at)
        case RenumberMessage():
            yield from (message.fields.old, message.fields.new, sent_at)
        case ReplyMessage():
            code = message.short.field if message.short else message.fields.code
            yield from (message.fields.reply_to, code)


def _with_own_rules(message: Message, mapped: CustomerMap) -> tuple[str, ...]:
    """Sequence numbers: their readers say themselves what is wrong with them."""
    if isinstance(message, RenumberMessage):
        return (message.fields.seq,)
    return (mapped.seq,) if isinstance(message, ImageMessage) else ()
