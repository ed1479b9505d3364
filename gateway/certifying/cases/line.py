"""The line: that it can be had, what is tested on it, what it bears, and what the system says on it."""

from formats.errors import FaultKind, FormatError
from gateway.certifying.bench import CLOSE_SECONDS, QUIET_SECONDS, Bench, send_bytes
from gateway.certifying.cases.seen import Failed, NotApplicable, confirmed, letter_of, only, takes_pushes
from gateway.clock import wall_clock

GARBAGE = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"


async def line(bench: Bench) -> str:
    await bench.contact()
    return "dialled and up" if bench.ways.connect else "came and is up"


async def encrypted(bench: Bench) -> str:
    conf = bench.system.conf
    end = conf.dial if bench.ways.connect else conf.listen
    if end is None or end.tls is None:
        raise NotApplicable("conf has no TLS for this line")
    await bench.contact()
    return "TLS was agreed on, certificates as conf wants them"


async def signed_on(bench: Bench) -> str:
    dialect = bench.system.dialect
    if dialect.greeting is None and dialect.sign_on is None:
        raise NotApplicable("conf has neither [sign_on] nor [greeting]")
    await bench.contact()
    return "the hub's was answered" if dialect.greeting else "it signed on first of all"


async def line_test(bench: Bench) -> str:
    if bench.system.conf.heartbeat is None or bench.short:
        raise NotApplicable("conf has no [heartbeat] for this line")
    contact, body = await bench.contact(), bench.system.dialect.heartbeat(wall_clock())
    id = bench.system.dialect.read(body, wall_clock()).envelope.message_id
    await send_bytes(contact, bench.system.framing.wrap(body))
    if not await contact.wait(lambda: id in contact.line_tests, CLOSE_SECONDS):
        raise Failed("it was not answered under its id")
    return "answered"


async def keep_alive(bench: Bench) -> str:
    if not getattr(bench.system.framing, "keep_alive", False) or bench.short:
        raise NotApplicable("the framing has no frame without a body")
    contact = await bench.contact()
    await send_bytes(contact, bench.system.framing.wrap(b""))
    if await contact.wait_end(QUIET_SECONDS):
        raise Failed("the line was closed")
    return "passed over"


async def garbage(bench: Bench) -> str:
    reader = bench.system.framing.reader()
    reader.feed(GARBAGE)
    try:
        while reader.next_frame():
            pass
    except FormatError as error:
        if error.kind is not FaultKind.LENGTH:
            raise NotApplicable("these frames can be found again") from None
    else:
        raise NotApplicable("any bytes are frames here")
    contact = await bench.contact()
    await send_bytes(contact, GARBAGE)
    if not await contact.wait_end(CLOSE_SECONDS):
        raise Failed(f"the line was open after {CLOSE_SECONDS:g} s")
    return "closed"


async def comes_back(bench: Bench) -> str:
    await bench.drop()
    await bench.contact()
    if bench.customer is None or not takes_pushes(bench.system.conf, dialled=bench.ways.connect is not None):
        return "up again"
    return "up again, a push " + confirmed(only(await bench.ask(letter_of(bench))))


async def own_messages(bench: Bench) -> str:
    heard = bench.heard
    if bench.ways.listen and not heard.types:
        contact = await bench.contact()
        await contact.wait(lambda: bool(heard.types), bench.ways.wait_seconds)
    if heard.faults:
        raise Failed("; ".join(dict.fromkeys(heard.faults)))
    if not heard.types:
        raise NotApplicable("it sent nothing of its own")
    return f"{len(heard.types)} read: {', '.join(sorted(set(heard.types)))}"
