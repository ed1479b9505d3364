"""Whether the declared sections of a system can work: every name they use must be there.

All faults at once, each with its key; file and line are added by who read the file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from adapters import codes
from adapters.declaration.customer import Coded, CustomerSection
from adapters.declaration.messages import (
    ChangeMessage,
    HeartbeatMessage,
    HeartbeatReplyMessage,
    ImageMessage,
    Message,
    OpenMessage,
    PushMessage,
    QueryMessage,
    ReplyMessage,
    SignOnMessage,
    VerifyMessage,
)
from adapters.declaration.sections import SystemSections
from ecif.model import FAMILIES, SINGLE
from formats.codec import Codec, Path
from formats.errors import DeclarationError

Tables = Mapping[str, Sequence[str]]
_FIELD_KEYS = ("field", "number", "line", "expiry", "postcode", "type", "use", "name", "product", "amount")


def declaration_faults(sections: SystemSections, codec: Codec, standard: Tables) -> list[DeclarationError]:
    layouts = {name: frozenset(codec.paths(name)) for name in sections.messages if name in codec.types}
    return [
        *_check_messages(sections, codec),
        *_check_fields(sections, layouts),
        *_check_harmless(sections, codec),
        *_check_customer(sections.customer, sections, layouts),
        *_check_codes(sections, standard),
        *_check_roles(sections),
    ]


def _fault(key: str, rule: str) -> DeclarationError:
    return DeclarationError(f"{key}: {rule}", key=key)


def _check_messages(sections: SystemSections, codec: Codec) -> Iterator[DeclarationError]:
    messages = sections.messages
    for name, message in messages.items():
        if name not in codec.types:
            yield _fault(f"messages.{name}", "no layout has this type")
        wanted = HeartbeatReplyMessage if isinstance(message, HeartbeatMessage) else ReplyMessage
        reply = getattr(message, "reply", None)
        if reply is not None and not isinstance(messages.get(reply), wanted):
            yield _fault(f"messages.{name}.reply", f"{reply!r} is not one of [messages] with such a role")
    unknown = sections.unknown
    named = {"reply": unknown.reply, "like": unknown.like, "no_type": unknown.no_type}
    for key, type in named.items():
        if type and not type.startswith(("+", "=")) and not isinstance(messages.get(type), ReplyMessage):
            yield _fault(f"unknown.{key}", f"{type!r} is not one of [messages] with the role reply")


def _check_roles(sections: SystemSections) -> Iterator[DeclarationError]:
    messages = sections.messages.values()
    images = sum(isinstance(message, ImageMessage) for message in messages)
    pushes = sum(isinstance(m, PushMessage) or getattr(m, "push", None) is not None for m in messages)
    if images == 0:
        yield _fault("messages", "needs a message with the role customer, or open and change")
    by_hub = any(isinstance(message, OpenMessage | ChangeMessage | VerifyMessage) for message in messages)
    if by_hub != (sections.customer.numbered_by == "hub"):
        yield _fault("customer.numbered_by", 'must be "hub" exactly where messages open, change or verify')
    if pushes > 1:
        yield _fault("messages", "has more than one message with the role push")
    if (pushes == 1) != (sections.system.pushes != "no"):
        yield _fault("system.pushes", 'must be "no" exactly where no message has the role push')
    greeting = sections.greeting
    if greeting and not isinstance(sections.messages.get(greeting.type), HeartbeatMessage):
        yield _fault("greeting.type", f"{greeting.type!r} is not one of [messages] with the role heartbeat")
    elif greeting and getattr(_answer_of(greeting.type, sections), "short", None) is None:
        yield _fault("greeting.type", f"the answer to {greeting.type} has no short codes")
    sign_on = sections.sign_on
    if sign_on and not isinstance(sections.messages.get(sign_on.type), SignOnMessage):
        yield _fault("sign_on.type", f"{sign_on.type!r} is not one of [messages] with the role sign_on")
    if sign_on is None and any(isinstance(message, SignOnMessage) for message in messages):
        yield _fault("messages", "a message with the role sign_on needs a [sign_on]")


def _answer_of(type: str, sections: SystemSections) -> Message | None:
    return sections.messages.get(getattr(sections.messages[type], "reply", ""))


def _check_fields(
    sections: SystemSections, layouts: Mapping[str, frozenset[Path]]
) -> Iterator[DeclarationError]:
    envelope = sections.envelope
    for name, layout in layouts.items():
        message = sections.messages[name]
        if (envelope.id,) not in layout:
            yield _fault("envelope.id", f"{name} has no field {envelope.id!r}")
        if isinstance(message, ImageMessage) and envelope.sent_at is None:
            yield _fault("envelope.sent_at", f"is required, since {name} says since when its values hold")
        for index, field in enumerate(getattr(message, "required", ())):
            if (field,) not in layout:
                yield _fault(f"messages.{name}.required.{index}", f"{name} has no field {field!r}")
        for key, path in _message_paths(message):
            if path not in layout:
                yield _fault(f"messages.{name}.{key}", f"{name} has no field {path[-1]!r}")
    for first, again in (envelope.duplicate.types if envelope.duplicate else {}).items():
        for type in (first, again):
            if type not in sections.messages:
                yield _fault(f"envelope.duplicate.types.{first}", f"{type!r} is not one of [messages]")
    for key in ("sent_at", "duplicate"):
        declared = getattr(envelope, key)
        field = getattr(declared, "field", declared)
        if field is not None and not any((field,) in layout for layout in layouts.values()):
            yield _fault(f"envelope.{key}", f"no message has a field {field!r}")
    if sections.sign_on and sections.sign_on.type in layouts:
        for key, field in sections.sign_on.fields:
            if (field,) not in layouts[sections.sign_on.type]:
                yield _fault(f"sign_on.fields.{key}", f"{sections.sign_on.type} has no field {field!r}")


def _check_harmless(sections: SystemSections, codec: Codec) -> Iterator[DeclarationError]:
    known = {path for type in codec.types for path in codec.paths(type)}
    for index, dotted in enumerate(sections.system.harmless):
        if tuple(dotted.split(".")) not in known:
            yield _fault(f"system.harmless.{index}", f"no message has a field {dotted!r}")


def _message_paths(message: Message) -> Iterator[tuple[str, Path]]:
    for at, field in enumerate(getattr(message, "echo", ())):
        yield f"echo.{at}", (field,)
    for field in getattr(message, "says", ()):
        yield f"says.{field}", (field,)
    for field in getattr(message, "refused", ()):
        yield f"refused.{field}", (field,)
    if short := getattr(message, "short", None):
        yield "short.field", (short.field,)
    section = "push" if getattr(message, "push", None) is not None else "fields"
    fields: Any = getattr(message, section, None)
    if fields is None:
        return
    listed: str | None = getattr(fields, "documents", None)
    for key, field in fields:
        if field is not None:
            yield f"{section}.{key}", (listed, field) if listed and key.startswith("document_") else (field,)


def _check_customer(
    section: CustomerSection, sections: SystemSections, layouts: Mapping[str, frozenset[Path]]
) -> Iterator[DeclarationError]:
    carriers = {name: layout for name, layout in layouts.items() if _carries(sections.messages[name])}
    known: frozenset[Path] = frozenset().union(*carriers.values())
    for name, layout in carriers.items():
        message = sections.messages[name]
        if isinstance(message, ImageMessage):
            for key in ("seq",) if isinstance(message, OpenMessage) else ("number", "seq"):
                if (getattr(section, key),) not in layout:
                    yield _fault(f"customer.{key}", f"{name} has no field {getattr(section, key)!r}")
    for key, path in _customer_paths(section):
        if path not in known:
            yield _fault(f"customer.{key}", f"no message that carries a customer has a field {path[-1]!r}")
    for attribute in section.values:
        if attribute not in SINGLE:
            yield _fault(f"customer.values.{attribute}", f"is no attribute; there are: {', '.join(SINGLE)}")
    if "kind" not in section.values or section.values["kind"].codes is None:
        yield _fault("customer.values.kind", "is required, with its codes")
    yield from _check_keys(section)


def _carries(message: Message) -> bool:
    return isinstance(message, ImageMessage | PushMessage | QueryMessage | ReplyMessage)


def _check_keys(section: CustomerSection) -> Iterator[DeclarationError]:
    """Types and uses that are named outright must be the hub's."""
    addresses = section.addresses
    named: list[tuple[str, str, Iterable[str]]] = [
        ("document", "customer.documents.fields", (section.documents and section.documents.fields) or ()),
        ("phone", "customer.phones.fields", (section.phones and section.phones.fields) or ()),
        ("address", "customer.addresses.fields", (addresses and addresses.fields) or ()),
    ]
    if addresses and addresses.by_kind:
        named.append(("address", "customer.addresses.by_kind", addresses.by_kind.values()))
    for family, key, used in named:
        for one in used:
            if one not in FAMILIES[family]:
                yield _fault(f"{key}.{one}", f"is none of: {', '.join(FAMILIES[family])}")


def _customer_paths(section: CustomerSection) -> Iterator[tuple[str, Path]]:
    for attribute, at in section.values.items():
        yield f"values.{attribute}.field", (at.field,)
        if at.since is not None:
            yield f"values.{attribute}.since", (at.since,)
        if at.organization is not None:
            yield f"values.{attribute}.organization", (at.organization,)
    for name in ("documents", "phones", "addresses", "relations", "holdings"):
        part = getattr(section, name)
        if part is not None:
            yield from _part_paths(name, part)


def _part_paths(name: str, part: BaseModel) -> Iterator[tuple[str, Path]]:
    listed: str = getattr(part, "list", None) or ""
    if listed:
        yield f"{name}.list", (listed,)
    for key, value in part:
        field = getattr(value, "field", value)
        if key in ("list", "codes", "by_kind") or field is None:
            continue
        if key == "fields":
            yield from _fixed_paths(f"{name}.fields", value)
        elif key == "required":
            yield from ((f"{name}.required.{at}", (listed, one)) for at, one in enumerate(value))
        elif key == "check":
            yield from ((f"{name}.check.{at}", (listed, one.field)) for at, one in enumerate(value))
        elif isinstance(field, str):
            yield f"{name}.{key}", (listed, field) if listed else (field,)


def _fixed_paths(prefix: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for key, at in fields.items():
        if isinstance(at, str):
            yield f"{prefix}.{key}", (at,)
        else:
            yield from ((f"{prefix}.{key}.{name}", (field,)) for name, field in at if field is not None)


def _check_codes(sections: SystemSections, standard: Tables) -> Iterator[DeclarationError]:
    for family, table in (("document", "document"), ("phone", "phone_use"), ("address", "address_use")):
        if set(standard.get(table, ())) != set(FAMILIES[family]):
            yield _fault(table, f"the standard codes must be: {', '.join(FAMILIES[family])}")
    for name, table_of in sections.codes.items():
        for key, rule in codes.faults(name, table_of, standard.get(name)):
            yield _fault(f"codes.{key}", rule)
    for key, name in _tables_used(sections):
        if name not in sections.codes and name not in standard:
            yield _fault(key, f"there is no code table {name!r}")


def _tables_used(sections: SystemSections) -> Iterator[tuple[str, str]]:
    for type, message in sections.messages.items():
        if isinstance(message, ReplyMessage) and message.codes:
            yield f"messages.{type}.codes", message.codes
    section = sections.customer
    for attribute, at in section.values.items():
        if at.codes:
            yield f"customer.values.{attribute}.codes", at.codes
    for name in ("documents", "phones", "addresses"):
        table = getattr(getattr(section, name), "codes", None)
        if table:
            yield f"customer.{name}.codes", table
    for name in ("relations", "holdings"):
        for key, value in getattr(section, name) or ():
            coded = value if isinstance(value, tuple) else (value,)
            yield from (
                (f"customer.{name}.{key}.codes", one.codes) for one in coded if isinstance(one, Coded)
            )
