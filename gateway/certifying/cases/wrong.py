"""What is wrong: codes, seals, types and frames that a system must not confirm."""

from gateway.certifying.bench import QUIET_SECONDS, Bench, send_bytes
from gateway.certifying.cases.seen import (
    Failed,
    NotApplicable,
    confirmed,
    letter_of,
    not_confirmed,
    only,
    refused,
    rewritten,
)
from gateway.certifying.customer import Letter
from gateway.peers.breakage import no_code_of


async def unknown_code(bench: Bench) -> str:
    kind = bench.system.dialect.sections.customer.values.get("kind")
    table = bench.system.dialect.sections.codes.get(kind.codes or "") if kind else None
    if kind is None or not table:
        raise NotApplicable("the party kind has no code table of the system's own")
    letter = rewritten(bench, {kind.field: no_code_of(table)})
    return refused(await bench.ask(letter), "1003")


async def cut(bench: Bench) -> str:
    letter = letter_of(bench)
    size = len(letter.body) // 2
    short = Letter(letter.id, letter.body[:size])
    sealed = bench.system.conf.seal is not None
    return await not_confirmed(bench, short, "1005" if sealed else "1001")


async def wrong_seal(bench: Bench) -> str:
    if bench.system.conf.seal is None:
        raise NotApplicable("messages are not sealed")
    letter = letter_of(bench)
    last = bytes([letter.body[-1] ^ 0x55])
    return await not_confirmed(bench, Letter(letter.id, letter.body[:-1] + last), "1005")


async def unknown_type(bench: Bench) -> str:
    if bench.system.conf.seal is not None:
        raise NotApplicable("under a seal another type is a wrong seal")
    letter, field = letter_of(bench), bench.system.dialect.sections.envelope.type
    if field is None:
        raise NotApplicable("the type has no field of its own")
    place = bench.system.dialect.codec.place(letter.body, (field,))
    end = place.offset + place.size
    body = letter.body[: place.offset] + letter.body[place.offset : end][::-1] + letter.body[end:]
    if body == letter.body:
        raise NotApplicable("the type has no other way round")
    return await not_confirmed(bench, Letter(letter.id, body), "1002")


async def damaged(bench: Bench) -> str:
    nak = bench.system.framing.nak
    if not nak:
        raise NotApplicable("the framing has no word for a damaged frame")
    letter, contact = letter_of(bench), await bench.contact()
    frame = bench.system.framing.wrap(letter.body)
    naks = contact.naks
    await send_bytes(contact, frame[:-1] + bytes([frame[-1] ^ 0x55]))
    if not await contact.wait(lambda: contact.naks > naks, bench.reply_seconds):
        raise Failed("no NAK came")
    return "NAK, then " + confirmed(only(await bench.ask(letter)))


async def stray_reply(bench: Bench) -> str:
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
