"""What a system that its sheet describes must do, a function a case; the table at the end is the program.

A case looks at nothing but what conf declares (framing, codec, messages, codes, times), so it fits any
system. It returns what was seen, or raises Failed, or NotApplicable where the sheet has nothing of the kind.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ecif.messages import PushReply
from formats.errors import FaultKind, FormatError
from gateway.certifying.bench import CLOSE_SECONDS, QUIET_SECONDS, Bench, clock, send_bytes
from gateway.certifying.customer import Customer, Letter
from gateway.config.schema import SystemConf
from gateway.peers.breakage import no_code_of

CONFIRMED = ("0000", "0001")
_NEWER = "0003"
_AT_ONCE = 3
_GARBAGE = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"
_STRANGER = "9"


class Failed(Exception):
    """The system does otherwise than its sheet; the text says what was seen, never a value."""


class NotApplicable(Exception):
    """The sheet has nothing of the kind, or this examination cannot see it; the text says why."""


@dataclass(frozen=True)
class Case:
    name: str
    rule: str
    """What the sheet asks."""
    run: Callable[[Bench], Awaitable[str]]


# ------------------------------------------------------------------------------------------ the line


async def _line(bench: Bench) -> str:
    await bench.contact()
    return "dialled and up" if bench.ways.connect else "came and is up"


async def _encrypted(bench: Bench) -> str:
    conf = bench.system.conf
    end = conf.dial if bench.ways.connect else conf.listen
    if end is None or end.tls is None:
        raise NotApplicable("conf has no TLS for this line")
    await bench.contact()
    return "TLS was agreed on, certificates as conf wants them"


async def _signed_on(bench: Bench) -> str:
    dialect = bench.system.dialect
    if dialect.greeting is None and dialect.sign_on is None:
        raise NotApplicable("conf has neither [sign_on] nor [greeting]")
    await bench.contact()
    return "the hub's was answered" if dialect.greeting else "it signed on first of all"


async def _line_test(bench: Bench) -> str:
    if bench.system.conf.heartbeat is None or bench.short:
        raise NotApplicable("conf has no [heartbeat] for this line")
    contact, body = await bench.contact(), bench.system.dialect.heartbeat(clock())
    id = bench.system.dialect.read(body, clock()).envelope.message_id
    await send_bytes(contact, bench.system.framing.wrap(body))
    if not await contact.wait(lambda: id in contact.line_tests, CLOSE_SECONDS):
        raise Failed("it was not answered under its id")
    return "answered"


async def _keep_alive(bench: Bench) -> str:
    if not getattr(bench.system.framing, "keep_alive", False) or bench.short:
        raise NotApplicable("the framing has no frame without a body")
    contact = await bench.contact()
    await send_bytes(contact, bench.system.framing.wrap(b""))
    if await contact.wait_end(QUIET_SECONDS):
        raise Failed("the line was closed")
    return "passed over"


# ------------------------------------------------------------------------------------------ pushes


async def _known(bench: Bench) -> str:
    _pushed_here(bench)
    if bench.ways.listen or not bench.short:
        contact = await bench.contact()
        await contact.wait(lambda: bench.customer is not None, bench.ways.wait_seconds)
    if bench.customer is None:
        raise Failed("none came from the system, and none was named with --customer")
    return "known"


async def _push(bench: Bench) -> str:
    reply = _of(await bench.ask(_letter(bench)))
    if reply.code == _NEWER:  # it knows a higher version, and says which
        bench.version = max(bench.version, reply.version) + 1
        reply = _of(await bench.ask(_letter(bench)))
    return _confirmed(reply)


async def _same_again(bench: Bench) -> str:
    letter = _letter(bench)
    first = _of(await bench.ask(letter))
    second = _of(await bench.ask(letter))
    if (first.code, first.version) != (second.code, second.version):
        raise Failed(f"{first.code} at first, then {second.code}")
    return _confirmed(second)


async def _flagged(bench: Bench) -> str:
    if bench.system.dialect.sections.envelope.duplicate is None:
        raise NotApplicable("the sheet has no duplicate flag")
    letter = _letter(bench)
    first = _of(await bench.ask(letter))
    second = _of(await bench.ask(letter, again=True))
    if first.code != second.code:
        raise Failed(f"{first.code} at first, then {second.code}")
    return _confirmed(second)


async def _only_flagged(bench: Bench) -> str:
    if bench.system.dialect.sections.envelope.duplicate is None:
        raise NotApplicable("the sheet has no duplicate flag")
    return _confirmed(_of(await bench.ask(_letter(bench), again=True)))


async def _same_version(bench: Bench) -> str:
    _confirmed(_of(await bench.ask(_letter(bench))))
    return _confirmed(_of(await bench.ask(_letter(bench))))


async def _older(bench: Bench) -> str:
    if bench.system.dialect.sections.push is None or not bench.system.dialect.sections.push.fields.version:
        raise NotApplicable("pushes carry no version")
    _confirmed(_of(await bench.ask(_letter(bench))))
    bench.version += 1
    _confirmed(_of(await bench.ask(_letter(bench))))
    reply = _of(await bench.ask(_letter(bench, version=bench.version - 1)))
    if reply.code != _NEWER:
        raise Failed(f"answered {reply.code}")
    if reply.version < bench.version:
        raise Failed("0003 without the version that it has")
    return "0003 with its version"


async def _withdrawn(bench: Bench) -> str:
    attribute = _customer(bench).clearable()
    if not attribute:
        raise NotApplicable("no single value has a clear mark")
    cleared = _confirmed(_of(await bench.ask(_letter(bench, without=attribute))))
    await bench.ask(_letter(bench))
    return f"{attribute}: {cleared}"


async def _split(bench: Bench) -> str:
    letter = _letter(bench)
    frame = bench.system.framing.wrap(letter.body)
    return _confirmed(_of(await bench.ask_bytes(frame, [letter.id], pieces=7)))


async def _at_once(bench: Bench) -> str:
    delivery = bench.system.conf.delivery
    if bench.short or bench.system.turns or delivery is None or delivery.window < 2:
        raise NotApplicable("one push at a time on this line")
    letters = [_letter(bench) for _ in range(min(_AT_ONCE, delivery.window))]
    replies = await bench.ask(*letters)
    for reply in replies:
        _confirmed(_of([reply]))
    return f"{len(replies)} answered, each under its id"


async def _stranger(bench: Bench) -> str:
    number = (_STRANGER * len(_customer(bench).number))[-len(_customer(bench).number) :]
    reply = _of(await bench.ask(_letter(bench, number=number)))
    if reply.code != "2001":
        raise Failed(f"answered {reply.code}")
    return "2001"


# ------------------------------------------------------------------------------------------ what is wrong


async def _unknown_code(bench: Bench) -> str:
    kind = bench.system.dialect.sections.customer.values.get("kind")
    table = bench.system.dialect.sections.codes.get(kind.codes or "") if kind else None
    if kind is None or not table:
        raise NotApplicable("the party kind has no code table of the system's own")
    letter = _rewritten(bench, {kind.field: no_code_of(table)})
    return _refused(await bench.ask(letter), "1003")


async def _cut(bench: Bench) -> str:
    letter = _letter(bench)
    size = len(letter.body) // 2
    short = Letter(letter.id, letter.body[:size])
    sealed = bench.system.conf.seal is not None
    return await _not_confirmed(bench, short, "1005" if sealed else "1001")


async def _wrong_seal(bench: Bench) -> str:
    if bench.system.conf.seal is None:
        raise NotApplicable("messages are not sealed")
    letter = _letter(bench)
    last = bytes([letter.body[-1] ^ 0x55])
    return await _not_confirmed(bench, Letter(letter.id, letter.body[:-1] + last), "1005")


async def _unknown_type(bench: Bench) -> str:
    if bench.system.conf.seal is not None:
        raise NotApplicable("under a seal another type is a wrong seal")
    letter, field = _letter(bench), bench.system.dialect.sections.envelope.type
    if field is None:
        raise NotApplicable("the type has no field of its own")
    place = bench.system.dialect.codec.place(letter.body, (field,))
    end = place.offset + place.size
    body = letter.body[: place.offset] + letter.body[place.offset : end][::-1] + letter.body[end:]
    if body == letter.body:
        raise NotApplicable("the type has no other way round")
    return await _not_confirmed(bench, Letter(letter.id, body), "1002")


async def _damaged(bench: Bench) -> str:
    nak = bench.system.framing.nak
    if not nak:
        raise NotApplicable("the framing has no word for a damaged frame")
    letter, contact = _letter(bench), await bench.contact()
    frame = bench.system.framing.wrap(letter.body)
    naks = contact.naks
    await send_bytes(contact, frame[:-1] + bytes([frame[-1] ^ 0x55]))
    if not await contact.wait(lambda: contact.naks > naks, bench.reply_seconds):
        raise Failed("no NAK came")
    return "NAK, then " + _confirmed(_of(await bench.ask(letter)))


async def _stray_reply(bench: Bench) -> str:
    """A reply to nothing: a repeat of what was settled long ago."""
    if bench.short:
        raise NotApplicable("a connection has one request and its reply")
    dialect = bench.system.dialect
    reply = dialect.sections.push.reply if dialect.sections.push else ""
    envelope_id = dialect.sections.envelope.id
    contact = await bench.contact()
    answered = next((one for one in contact.replies.values() if one.envelope.type == reply), None)
    if answered is None or reply not in dialect.codec.types:
        raise NotApplicable("there is no reply to give back")
    type, fields = dialect.codec.parse(answered.envelope.raw)
    if envelope_id not in fields:
        raise NotApplicable("replies have no id")
    strays = len(contact.strays)
    await send_bytes(contact, bench.system.framing.wrap(dialect.codec.build(type, fields)))
    await contact.wait(lambda: len(contact.strays) > strays, QUIET_SECONDS)
    if contact.ended or len(contact.strays) > strays:
        raise Failed("the line was closed" if contact.ended else "it was answered")
    return "passed over"


async def _garbage(bench: Bench) -> str:
    reader = bench.system.framing.reader()
    reader.feed(_GARBAGE)
    try:
        while reader.next_frame():
            pass
    except FormatError as error:
        if error.kind is not FaultKind.LENGTH:
            raise NotApplicable("these frames can be found again") from None
    else:
        raise NotApplicable("any bytes are frames here")
    contact = await bench.contact()
    await send_bytes(contact, _GARBAGE)
    if not await contact.wait_end(CLOSE_SECONDS):
        raise Failed(f"the line was open after {CLOSE_SECONDS:g} s")
    return "closed"


async def _comes_back(bench: Bench) -> str:
    await bench.drop()
    await bench.contact()
    if bench.customer is None or not _pushes(bench.system.conf, dialled=bench.ways.connect is not None):
        return "up again"
    return "up again, a push " + _confirmed(_of(await bench.ask(_letter(bench))))


# ------------------------------------------------------------------------------------------ what it says


async def _own_messages(bench: Bench) -> str:
    heard = bench.heard
    if bench.ways.listen and not heard.types:
        contact = await bench.contact()
        await contact.wait(lambda: bool(heard.types), bench.ways.wait_seconds)
    if heard.faults:
        raise Failed("; ".join(dict.fromkeys(heard.faults)))
    if not heard.types:
        raise NotApplicable("it sent nothing of its own")
    return f"{len(heard.types)} read: {', '.join(sorted(set(heard.types)))}"


# ------------------------------------------------------------------------------------------ helpers


def _pushes(conf: SystemConf, *, dialled: bool) -> bool:
    way = "dial" if dialled else "listen"
    return conf.system.pushes != "no" and conf.delivery is not None and conf.delivery.over == way


def _pushed_here(bench: Bench) -> None:
    conf = bench.system.conf
    if conf.system.pushes == "no":
        raise NotApplicable("the system takes no pushes")
    if not _pushes(conf, dialled=bench.ways.connect is not None):
        raise NotApplicable("pushes go the other way: see [delivery] over")


def _customer(bench: Bench) -> Customer:
    _pushed_here(bench)
    if bench.customer is None:
        raise NotApplicable("no customer number is known")
    return bench.customer


def _letter(bench: Bench, *, version: int = 0, number: str = "", without: str = "") -> Letter:
    return _customer(bench).push(version or bench.version, clock(), number=number, without=without)


def _rewritten(bench: Bench, changed: dict[str, object]) -> Letter:
    letter, codec = _letter(bench), bench.system.dialect.codec
    type, fields = codec.parse(letter.body)
    return Letter(letter.id, codec.build(type, {**fields, **changed}))


def _of(replies: Iterable[PushReply | None]) -> PushReply:
    (reply,) = replies
    if reply is None:
        raise Failed("no reply under its id in time")
    return reply


def _confirmed(reply: PushReply) -> str:
    if reply.code not in CONFIRMED:
        raise Failed(f"answered {reply.code}")
    return reply.code


def _refused(replies: Iterable[PushReply | None], code: str) -> str:
    reply = _of(replies)
    if reply.code != code:
        raise Failed(f"answered {reply.code}, not {code}")
    return code


async def _not_confirmed(bench: Bench, letter: Letter, code: str) -> str:
    """Refused with that code, or passed over; the line, where it stays, goes on."""
    (reply,) = await bench.ask(letter, seconds=QUIET_SECONDS)
    contact = await bench.contact()
    _confirmed(_of(await bench.ask(_letter(bench))))
    reply = reply or contact.replies.get(letter.id)
    if reply is not None and reply.code in CONFIRMED:
        raise Failed(f"it was confirmed with {reply.code}")
    if reply is not None and reply.code != code and not reply.code.startswith("="):
        raise Failed(f"answered {reply.code}, not {code}")
    return f"{reply.code if reply else 'not answered'}; the next push was confirmed"


CASES: tuple[Case, ...] = (
    Case("line", "A line can be had.", _line),
    Case("tls", "The line is encrypted, each side with the certificate that the other expects.", _encrypted),
    Case("sign-on", "Who signs on does so first of all, and is answered.", _signed_on),
    Case("line test", "A line test is answered under its id.", _line_test),
    Case("keep-alive", "A frame without a body ends the silence and gets no answer.", _keep_alive),
    Case("customer", "A customer number of the system's own is known.", _known),
    Case("push", "A push is answered 0000 or 0001 under its id, in time.", _push),
    Case("same push twice", "The same id with the same content gets the same reply.", _same_again),
    Case("flagged repeat", "A push repeated with the duplicate flag gets the reply of the first.", _flagged),
    Case("first copy lost", "A flagged push whose first copy never came is applied.", _only_flagged),
    Case("same version", "The same version under a new id is applied.", _same_version),
    Case("older version", "A version below the newest applied is answered 0003 with that one.", _older),
    Case("clear mark", "A value is withdrawn by its clear mark.", _withdrawn),
    Case("split frame", "A frame in small pieces is the same frame.", _split),
    Case("several at once", "Pushes in one segment are answered each under its id.", _at_once),
    Case("unknown customer", "A customer number that nobody has is answered 2001.", _stranger),
    Case("unknown code", "A code that is in no table is refused with 1003.", _unknown_code),
    Case("cut message", "A message that cannot be read is refused with 1001 or not at all answered.", _cut),
    Case("wrong seal", "A wrong seal is refused with 1005 or not at all answered.", _wrong_seal),
    Case("unknown type", "An unknown type is refused with 1002 or not at all answered.", _unknown_type),
    Case("damaged frame", "A wrong check is answered with NAK, the repeat as if nothing was.", _damaged),
    Case("stray reply", "A reply that answers nothing is passed over.", _stray_reply),
    Case("garbage", "Bytes that are no frame end the line.", _garbage),
    Case("new line", "After a line has ended the next one carries pushes.", _comes_back),
    Case("own messages", "What the system sends can be read, and no id stands for two contents.",
         _own_messages),
)  # fmt: skip
