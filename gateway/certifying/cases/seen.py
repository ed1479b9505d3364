"""A case, how it ends, and what cases have in common: letters to send and how an answer is judged."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ecif.messages import PushReply
from gateway.certifying.bench import QUIET_SECONDS, Bench
from gateway.certifying.customer import Customer, Letter
from gateway.clock import wall_clock
from gateway.config.schema import SystemConf

CONFIRMED = ("0000", "0001")
NEWER = "0003"


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


def takes_pushes(conf: SystemConf, *, dialled: bool) -> bool:
    way = "dial" if dialled else "listen"
    return conf.system.pushes != "no" and conf.delivery is not None and conf.delivery.over == way


def must_be_pushed(bench: Bench) -> None:
    conf = bench.system.conf
    if conf.system.pushes == "no":
        raise NotApplicable("the system takes no pushes")
    if not takes_pushes(conf, dialled=bench.ways.connect is not None):
        raise NotApplicable("pushes go the other way: see [delivery] over")


def customer_of(bench: Bench) -> Customer:
    must_be_pushed(bench)
    if bench.customer is None:
        raise NotApplicable("no customer number is known")
    return bench.customer


def letter_of(bench: Bench, *, version: int = 0, number: str = "", without: str = "") -> Letter:
    return customer_of(bench).push(version or bench.version, wall_clock(), number=number, without=without)


def rewritten(bench: Bench, changed: dict[str, object]) -> Letter:
    letter, codec = letter_of(bench), bench.system.dialect.codec
    type, fields = codec.parse(letter.body)
    return Letter(letter.id, codec.build(type, {**fields, **changed}))


def only(replies: Iterable[PushReply | None]) -> PushReply:
    (reply,) = replies
    if reply is None:
        raise Failed("no reply under its id in time")
    return reply


def confirmed(reply: PushReply) -> str:
    if reply.code not in CONFIRMED:
        raise Failed(f"answered {reply.code}")
    return reply.code


def refused(replies: Iterable[PushReply | None], code: str) -> str:
    reply = only(replies)
    if reply.code != code:
        raise Failed(f"answered {reply.code}, not {code}")
    return code


async def not_confirmed(bench: Bench, letter: Letter, code: str) -> str:
    """Refused with that code, or passed over; the line, where it stays, goes on."""
    (reply,) = await bench.ask(letter, seconds=QUIET_SECONDS)
    contact = await bench.contact()
    confirmed(only(await bench.ask(letter_of(bench))))
    reply = reply or contact.replies.get(letter.id)
    if reply is not None and reply.code in CONFIRMED:
        raise Failed(f"it was confirmed with {reply.code}")
    if reply is not None and reply.code != code and not reply.code.startswith("="):
        raise Failed(f"answered {reply.code}, not {code}")
    return f"{reply.code if reply else 'not answered'}; the next push was confirmed"
