"""The customer half in a process of its own, both sides of it, so that both cores of a small machine work.

    gateway: sockets, TLS, frames, parsing, replies   --calls-->   store: decides, SQL, commit

One interpreter runs one thing at a time, and half of the work of a message is either side's. The gateway
keeps `StoreProcess` where it would have the `Service` itself: the same calls, each a message there and one
back over a pipe.

They live and die together. The pipe ends when the gateway is gone, also when it was killed: the store process
finishes the transaction it is in, which is the same as a reply lost on its way, and ends. When the store
process ends first, the hub goes down: nothing could be promised without it. It ends by itself when the disk
fails: whoever supervises the hub starts it anew, and the database is recovered from what the disk has kept.
Signals are for the gateway: it drains, and needs the store until the last reply.

It is forked before anything is built and before any thread runs.
"""

import multiprocessing
import pickle
import signal
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog
import trio

from ecif import pinyin
from ecif.leases import Tenancy
from ecif.messages import Command, Outgoing, Reply
from ecif.store.errors import StoreBroken, StoreError
from ecif.store.sole import sole
from gateway import calls
from gateway.collector import spare_collector
from gateway.config.schema import Conf
from gateway.faults import place_of

log = structlog.get_logger("store")

GONE = "the hub's store process has ended"
_END_SECONDS = 10.0


class StoreProcessEnded(StoreError):
    """The hub's store process ended by itself."""


def start_store_process(conf: Conf) -> "StoreProcess":
    """Before any thread. It is asked with `opened` whether it could open the database."""
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe()
    process = context.Process(target=_run, args=(conf, near, far), name="store", daemon=True)
    process.start()
    far.close()
    return StoreProcess(process, near)


class StoreProcess:
    """The service's calls, from the gateway. One at a time: `gateway.intake.writer` takes care of that."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self._process, self._pipe = process, pipe
        self._woken: set[str] = set()
        self.leaving: list[Outgoing] = []
        self.counts: dict[str, int] = {}

    def opened(self) -> None:
        """Waits until it is ready. Raises StoreError where the database is not."""
        self._told()

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int]) -> list[Reply]:
        return list(self._call(calls.TakeIn(list(batch), now, dict(room))).replies)

    def set_aside(self, command: Command, reason: str, now: int) -> Reply:
        return self._call(calls.SetAside(command, reason, now)).replies[0]

    def take_due(self, system: str, limit: int, now: int) -> list[Outgoing]:
        return list(self._call(calls.TakeDue(system, limit, now)).pushes)

    def show_due(self, system: str, limit: int, now: int) -> int:
        return self._call(calls.ShowDue(system, limit, now)).shown

    def next_due(self, system: str, now: int) -> int | None:
        return self._call(calls.NextDue(system, now)).moment

    def connection_lost(self, push_ids: Sequence[str], now: int) -> None:
        self._call(calls.ConnectionLost(list(push_ids), now))

    def keep_leases(self, wanted: Collection[str]) -> Sequence[Tenancy]:
        return self._call(calls.KeepLeases(list(wanted))).leases

    def renew(self, conf: Conf, systems: list[str]) -> None:
        """From now on it decides by this conf; `systems` are those that differ."""
        self._call(calls.Renew(pickle.dumps(conf), systems))

    def take_woken(self) -> set[str]:
        woken, self._woken = self._woken, set()
        return woken

    def take_leaving(self) -> list[Outgoing]:
        leaving, self.leaving = self.leaving, []
        return leaving

    async def watch(self) -> None:
        """Raises StoreProcessEnded when it has ended."""
        await trio.lowlevel.wait_readable(self._process.sentinel)
        raise StoreProcessEnded(f"{GONE} (exit code {self._process.exitcode})")

    def close(self) -> None:
        """Nothing more is asked: it ends, killed where it does not."""
        self._pipe.close()
        self._process.join(_END_SECONDS)
        self._process.kill()
        self._process.join()

    def _call(self, call: calls.Call) -> calls.Told:
        try:
            self._pipe.send_bytes(calls.encoded(call))
        except OSError as error:
            raise StoreProcessEnded(GONE) from error
        return self._told()

    def _told(self) -> calls.Told:
        try:
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise StoreProcessEnded(GONE) from error
        told = calls.told(answer)
        self._woken.update(told.woken)
        self.leaving += told.leaving
        self.counts.update(told.counts)
        return told


# ---------------------------------------------------------------- the process itself


def _run(conf: Conf, near: Connection, pipe: Connection) -> None:
    near.close()  # or this pipe would not end with the gateway
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        _serve(conf, pipe)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the gateway is gone
    except StoreBroken as broken:
        log.error("store.broken", trouble=str(broken))
        raise SystemExit(1) from None
    except Exception as fault:
        log.error("store.failed", fault=place_of(fault))
        raise SystemExit(1) from None


def _serve(conf: Conf, pipe: Connection) -> None:
    """One answer to each call, until there are no more."""
    from gateway.bootstrap import load_leases, open_service

    pinyin.spare_words()
    with ExitStack() as opened:
        try:
            opened.enter_context(sole(conf.hub.database.url))
            service = opened.enter_context(open_service(conf, load_leases(conf)))
        except Exception as fault:
            if not isinstance(fault, StoreError):
                log.error("store.fault", exc_info=fault)
            return pipe.send_bytes(calls.encoded(calls.failure(fault)))
        spare_collector()
        pipe.send_bytes(calls.encoded(calls.Told()))
        while True:
            pipe.send_bytes(calls.answered(service, pipe.recv_bytes()))
