"""Pushes: confirmed, repeated, overtaken, withdrawn, cut in pieces, of nobody."""

from gateway.certifying.bench import Bench
from gateway.certifying.cases.seen import (
    NEWER,
    Failed,
    NotApplicable,
    confirmed,
    customer_of,
    letter_of,
    must_be_pushed,
    only,
)

AT_ONCE = 3
STRANGER = "9"


async def known(bench: Bench) -> str:
    must_be_pushed(bench)
    if bench.ways.listen or not bench.short:
        contact = await bench.contact()
        await contact.wait(lambda: bench.customer is not None, bench.ways.wait_seconds)
    if bench.customer is None:
        raise Failed("none came from the system, and none was named with --customer")
    return "known"


async def push(bench: Bench) -> str:
    reply = only(await bench.ask(letter_of(bench)))
    if reply.code == NEWER:  # it knows a higher version, and says which
        bench.version = max(bench.version, reply.version) + 1
        reply = only(await bench.ask(letter_of(bench)))
    return confirmed(reply)


async def same_again(bench: Bench) -> str:
    letter = letter_of(bench)
    first = only(await bench.ask(letter))
    second = only(await bench.ask(letter))
    if (first.code, first.version) != (second.code, second.version):
        raise Failed(f"{first.code} at first, then {second.code}")
    return confirmed(second)


async def flagged(bench: Bench) -> str:
    if bench.system.dialect.sections.envelope.duplicate is None:
        raise NotApplicable("the sheet has no duplicate flag")
    letter = letter_of(bench)
    first = only(await bench.ask(letter))
    second = only(await bench.ask(letter, again=True))
    if first.code != second.code:
        raise Failed(f"{first.code} at first, then {second.code}")
    return confirmed(second)


async def only_flagged(bench: Bench) -> str:
    if bench.system.dialect.sections.envelope.duplicate is None:
        raise NotApplicable("the sheet has no duplicate flag")
    return confirmed(only(await bench.ask(letter_of(bench), again=True)))


async def same_version(bench: Bench) -> str:
    confirmed(only(await bench.ask(letter_of(bench))))
    return confirmed(only(await bench.ask(letter_of(bench))))


async def older(bench: Bench) -> str:
    if bench.system.dialect.sections.push is None or not bench.system.dialect.sections.push.fields.version:
        raise NotApplicable("pushes carry no version")
    confirmed(only(await bench.ask(letter_of(bench))))
    bench.version += 1
    confirmed(only(await bench.ask(letter_of(bench))))
    reply = only(await bench.ask(letter_of(bench, version=bench.version - 1)))
    if reply.code != NEWER:
        raise Failed(f"answered {reply.code}")
    if reply.version < bench.version:
        raise Failed("0003 without the version that it has")
    return "0003 with its version"


async def withdrawn(bench: Bench) -> str:
    attribute = customer_of(bench).clearable()
    if not attribute:
        raise NotApplicable("no single value has a clear mark")
    cleared = confirmed(only(await bench.ask(letter_of(bench, without=attribute))))
    await bench.ask(letter_of(bench))
    return f"{attribute}: {cleared}"


async def split(bench: Bench) -> str:
    letter = letter_of(bench)
    frame = bench.system.framing.wrap(letter.body)
    return confirmed(only(await bench.ask_bytes(frame, [letter.id], pieces=7)))


async def at_once(bench: Bench) -> str:
    delivery = bench.system.conf.delivery
    if bench.short or bench.system.turns or delivery is None or delivery.window < 2:
        raise NotApplicable("one push at a time on this line")
    letters = [letter_of(bench) for _ in range(min(AT_ONCE, delivery.window))]
    replies = await bench.ask(*letters)
    for reply in replies:
        confirmed(only([reply]))
    return f"{len(replies)} answered, each under its id"


async def stranger(bench: Bench) -> str:
    number = (STRANGER * len(customer_of(bench).number))[-len(customer_of(bench).number) :]
    reply = only(await bench.ask(letter_of(bench, number=number)))
    if reply.code != "2001":
        raise Failed(f"answered {reply.code}")
    return "2001"
