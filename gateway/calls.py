"""What the gateway asks of the store process and what it is told: values ↔ bytes, sans-IO.

One call, one answer, in turn. An answer brings along what the commits before it left to be picked up: pushes
that may leave, systems that got work, what was counted. A failure is told by its kind; what is raised for it
on this side is what the service raised on the other, without the text of anything unexpected.
"""

import pickle
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import msgspec

from ecif.leases import Tenancy
from ecif.messages import Command, Outgoing, Reply
from ecif.service import Service
from ecif.store import errors
from ecif.store.errors import StoreBroken, StoreError
from gateway.bootstrap import renew_service
from gateway.collector import let_go
from gateway.faults import Elsewhere, place_of
from gateway.telemetry.logs import set_level


class _Call(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    pass


class TakeIn(_Call, frozen=True, gc=False):
    batch: list[Command]
    now: int
    room: dict[str, int]


class SetAside(_Call, frozen=True, gc=False):
    command: Command
    reason: str
    now: int


class TakeDue(_Call, frozen=True, gc=False):
    system: str
    limit: int
    now: int


class ShowDue(_Call, frozen=True, gc=False):
    system: str
    limit: int
    now: int


class NextDue(_Call, frozen=True, gc=False):
    system: str
    now: int


class ConnectionLost(_Call, frozen=True, gc=False):
    push_ids: list[str]
    now: int


class KeepLeases(_Call, frozen=True, gc=False):
    wanted: list[str]


class Renew(_Call, frozen=True, gc=False):
    conf: bytes
    """Pickled: it comes from the process that started this one, and from nobody else."""
    systems: list[str]
    """Those that differ from the conf in force."""


Call: TypeAlias = TakeIn | SetAside | TakeDue | ShowDue | NextDue | ConnectionLost | KeepLeases | Renew


class Told(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """What a call gave, each kind of result in its own place."""

    replies: Sequence[Reply] = ()
    pushes: Sequence[Outgoing] = ()
    moment: int | None = None
    shown: int = 0
    leaving: Sequence[Outgoing] = ()
    woken: Collection[str] = ()
    counts: Mapping[str, int] = {}
    leases: Sequence[Tenancy] = ()


class Failed(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    kind: str
    """Class of a StoreError; "" for a bug."""
    text: str
    """Of a StoreError, which holds no values; where a bug was met."""


Answer: TypeAlias = Told | Failed

_encode = msgspec.msgpack.Encoder().encode
read_call = msgspec.msgpack.Decoder[Call](Call).decode
_read_answer = msgspec.msgpack.Decoder[Answer](Answer).decode

_KINDS: Mapping[str, type[StoreError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, StoreError)
}


def encoded(message: Call | Answer) -> bytes:
    return _encode(message)


def answered(service: Service, call: bytes) -> bytes:
    """In the store process: have it done, say what came of it. A broken store and memory that has run
    out are for nobody but that process: it ends."""
    try:
        return _encode(_carried_out(service, read_call(call)))
    except (StoreBroken, MemoryError):
        raise
    except Exception as fault:
        return _encode(failure(fault))


def told(answer: bytes) -> Told:
    """In the gateway. Raises StoreError, or Elsewhere for a bug."""
    read = _read_answer(answer)
    if isinstance(read, Told):
        return read
    raise _KINDS[read.kind](read.text) if read.kind else Elsewhere(read.text)


def failure(fault: BaseException) -> Failed:
    if isinstance(fault, StoreError):
        return Failed(type(fault).__name__, str(fault))
    return Failed("", place_of(fault))


def _carried_out(service: Service, call: Call) -> Told:
    match call:
        case TakeIn():
            return _with_news(service, replies=service.take_in(call.batch, call.now, call.room))
        case SetAside():
            return _with_news(service, replies=[service.set_aside(call.command, call.reason, call.now)])
        case TakeDue():
            return _with_news(service, pushes=service.take_due(call.system, call.limit, call.now))
        case ShowDue():
            shown = service.show_due(call.system, call.limit, call.now)
            return msgspec.structs.replace(_with_news(service), shown=shown)
        case NextDue():
            return Told(moment=service.next_due(call.system, call.now), counts=service.counts)
        case ConnectionLost():
            service.connection_lost(call.push_ids, call.now)
            return _with_news(service)
        case KeepLeases():
            return Told(leases=service.keep_leases(call.wanted), counts=service.counts)
        case Renew():
            conf = pickle.loads(call.conf)
            renew_service(service, conf, call.systems)
            let_go()
            set_level(conf.hub.log.level)
            return Told(counts=service.counts)


def _with_news(service: Service, *, replies: Sequence[Reply] = (), pushes: Sequence[Outgoing] = ()) -> Told:
    return Told(
        replies, pushes, leaving=service.take_leaving(), woken=service.take_woken(), counts=service.counts
    )
