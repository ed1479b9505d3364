"""A kit for whoever adds a system: does the dialect keep its promises on that system's own messages?

    check_dialect(dialect, bodies)

`bodies` are unframed messages, at least one customer image among them. Raises AssertionError with the first
promise that is broken. No customer's value is in its text.
"""

from collections.abc import Iterable

from adapters.clock import SECOND
from adapters.commands.incoming import Incoming
from adapters.dialect import Heartbeat, HeartbeatReply, SystemDialect
from ecif.messages import CustomerImage, PushReply, Reply, Unreadable
from ecif.model import Push, Value

NOW = 1_767_576_602 * SECOND
ECIF_NO = "100000000123"


def check_dialect(dialect: SystemDialect, bodies: Iterable[bytes]) -> None:
    images = 0
    for body in bodies:
        message = dialect.read(body, NOW)
        check_digest(dialect, body, message)
        check_reply(dialect, message)
        check_garbage(dialect, body)
        if isinstance(message, CustomerImage):
            images += 1
            check_projection(dialect, message)
            if dialect.pushes != "no":
                check_push(dialect, message)
    assert images, f"{dialect.name}: no customer image among the examples"


def check_digest(dialect: SystemDialect, body: bytes, message: Incoming) -> None:
    """Reading twice is reading once, and another sent time is the same content."""
    again = dialect.read(body, NOW + 60 * SECOND)
    assert again.envelope.digest == message.envelope.digest, f"{dialect.name}: the digest is not stable"
    envelope = dialect.sections.envelope
    sent_at = envelope.sent_at
    if isinstance(message, Unreadable) or sent_at is None or envelope.new_id.time:
        return  # a time that is part of the id stays in a resend
    type, fields = dialect.codec.parse(body)
    if fields.get(sent_at):
        resend = dialect.codec.build(type, fields | {sent_at: "20260105235959"})
        canonical = dialect.codec.build(type, fields)
        one, other = (dialect.read(sent, NOW).envelope.digest for sent in (canonical, resend))
        assert one == other, f"{dialect.name} {type}: the sent time is part of the digest"


def check_reply(dialect: SystemDialect, message: Incoming) -> None:
    """Every request is answered by a message that can be read; a reply never is."""
    if isinstance(message, Heartbeat):
        answer = dialect.heartbeat_answer(message, NOW)
        said = isinstance(dialect.read(answer, NOW), HeartbeatReply) if answer is not None else False
        assert said, f"{dialect.name}: a heartbeat's answer is none"
        return
    for reply in (Reply("0000", ECIF_NO, 7), Reply("1003", text="FIELD@12 not in the table")):
        body = dialect.reply(message.envelope, reply, NOW)
        if isinstance(message, PushReply | HeartbeatReply):
            assert body is None, f"{dialect.name}: a reply is answered"
        elif body is not None:
            dialect.codec.parse(body)


def check_garbage(dialect: SystemDialect, body: bytes) -> None:
    """Whatever the bytes, reading gives a value and the answer can be built."""
    for cut in (0, 1, len(body) // 3, len(body) // 2, len(body) - 1):
        for broken in (body[:cut], body[:cut] + b"\xff\x00\x0e" + body[cut + 3 :], body + body[:cut]):
            message = dialect.read(broken, NOW)
            if isinstance(message, Unreadable):
                assert len(message.text.encode("ascii")) <= 60, f"{dialect.name}: a refusal is too long"
                dialect.reply(message.envelope, Reply(message.code, text=message.text), NOW)


def check_projection(dialect: SystemDialect, image: CustomerImage) -> None:
    """What a system shows is what it would write: else its own images would look like changes."""
    for attribute, value in _whole(image).items():
        written = dialect.written(attribute, value)
        assert written is not None, f"{dialect.name} {attribute}: cannot be written, though it was read"
        assert dialect.written(attribute, written) == written, f"{dialect.name} {attribute}: not stable"
        assert written == value, f"{dialect.name} {attribute}: is written otherwise than it was read"
        assert dialect.losses(attribute, value) == (), f"{dialect.name} {attribute}: loses something"


def check_push(dialect: SystemDialect, image: CustomerImage) -> None:
    """A push of all the values comes back as those values, and its repeat differs in the flag only."""
    carried = {name: value for name, value in _whole(image).items() if name in dialect.carries}
    kind = str(carried.get("kind", "person"))
    for values in (carried, _cleared(dialect, carried)):
        number, named = image.change.customer_no, image.change.named
        push = Push(dialect.new_id(NOW), NOW, ECIF_NO, 7, number, kind, values, named)
        body = dialect.push_bytes(push)
        for sent in (body, dialect.repeated(body)):
            _, fields = dialect.codec.parse(sent)
            said = fields[dialect.sections.envelope.id]
            assert said == push.id, f"{dialect.name}: the push has another id"
            shown = dialect.shown(sent)
            wrong = sorted(name for name in values if shown.get(name, "") != values[name])
            assert not wrong, f"{dialect.name}: the push shows otherwise: {', '.join(wrong)}"
        check_repeat(dialect, body)


def check_repeat(dialect: SystemDialect, body: bytes) -> None:
    first, repeat = (dialect.read(sent, NOW).envelope for sent in (body, dialect.repeated(body)))
    flag = dialect.sections.envelope.duplicate
    assert first.digest == repeat.digest, f"{dialect.name}: a repeat has other content"
    assert first.sent_at == repeat.sent_at, f"{dialect.name}: a repeat has another sent time"
    assert repeat.duplicate or flag is None, f"{dialect.name}: a repeat is not flagged"


def _whole(image: CustomerImage) -> dict[str, Value]:
    """Values that are neither withdrawn nor partial."""
    values = image.change.values.items()
    return {name: value for name, value in values if value is not None and "*" not in value and _full(value)}


def _full(value: Value) -> bool:
    return isinstance(value, str) or value[-2] is not None


def _cleared(dialect: SystemDialect, values: dict[str, Value]) -> dict[str, Value | None]:
    """All withdrawn but what every push must say, and what has no clear mark."""
    declared = dialect.sections.customer.values
    kept = {name for name in values if name in declared and not declared[name].clear}
    return {name: value if name in kept | {"kind", "name"} else None for name, value in values.items()}
