"""Several hubs on one machine, on the same ports and the same database, and the parent that keeps them.

    `ecif serve --workers 4`      starts them, watches them (`gateway.worker`), reloads and drains them
      worker 1 … 4                whole hubs, each with its store process; the kernel spreads the connections
      HTTP process                one, as beside a single hub

Whoever asks the hub asks the parent: its two Unix sockets are where a single hub's are. Statistics are the
sum of the workers' (`gateway.summing`); an order goes to each of them. That none disturbs another is the
database's business, as between hubs on different machines (`gateway.leasing`).
"""

import json
import os
import signal
from collections.abc import Mapping
from typing import Any

import structlog
import trio

from ecif.store.engine import is_shared
from gateway.config.faults import ConfError
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.config.values import split_address
from gateway.faults import Elsewhere
from gateway.http_process import Again, watch_api
from gateway.local import ask_local, read_line, serve_local
from gateway.process import look_around, say_ready, spare_hang_ups
from gateway.statistics import as_line
from gateway.streams import Wire
from gateway.summing import Ledger
from gateway.supervision import Supervisor
from gateway.surroundings import NotReady, certificate_troubles, demand
from gateway.telemetry.logs import set_level
from gateway.worker import Worker, told

log = structlog.get_logger("workers")

_USAGE = 2
ANSWER_SECONDS = 1.0
"""For one worker's statistics, or its answer to an order."""
_MUTE = json.dumps({"done": False, "why": "a worker gave no answer: order it again"}).encode() + b"\n"


def run_workers(conf: Conf, count: int) -> None:
    """Until SIGTERM. Raises NotReady, WorkerFailed, HttpProcessFailed with nothing left running."""
    demand(iter(_impossible(conf)), code=_USAGE)
    look_around(conf)
    spare_hang_ups()
    trio.run(Workers(conf, count).run)


def _impossible(conf: Conf) -> list[str]:
    """What only a single hub can do."""
    found = []
    if not is_shared(conf.hub.database.url):
        found.append("database.url: SQLite is one hub's: --workers needs PostgreSQL or Oracle")
    for name, system in conf.systems.items():
        if system.listen and split_address(system.listen.address)[1] == 0:
            found.append(f"system {name}: listen.address: port 0 would be another one for each worker")
    return found


class Workers:
    def __init__(self, conf: Conf, count: int) -> None:
        self._conf = conf
        self._workers = [Worker(conf, number, os.environ) for number in range(1, count + 1)]
        self._supervisor, self._again = Supervisor.of(os.environ), Again()
        self._ledger, self._turn = Ledger(), trio.Lock()

    async def run(self) -> None:
        """The workers are the last to end but for those who speak of them."""
        async with trio.open_nursery() as around:
            answered = trio.Event()
            if self._conf.hub.http.start:
                around.start_soon(watch_api, self._conf, answered, self._again)
            else:
                answered.set()
            await around.start(serve_local, self._conf.hub.run.socket, self._tell)
            await around.start(serve_local, self._conf.hub.run.control, self._order)
            around.start_soon(self._obey_signals)
            around.start_soon(self._obey_reloads)
            async with trio.open_nursery() as lives:
                for worker in self._workers:
                    lives.start_soon(worker.run)
                around.start_soon(self._begin, answered)
            around.cancel_scope.cancel()
        log.info("workers.stopped")

    async def _begin(self, answered: trio.Event) -> None:
        for worker in self._workers:
            await worker.ready.wait()
        await answered.wait()
        log.info("workers.started", count=len(self._workers))
        say_ready()
        self._supervisor.ready()
        await self._supervisor.live()

    # ------------------------------------------------------------ signals

    async def _obey_signals(self) -> None:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for number in signals:
                log.info("stopping", signal=signal.Signals(number).name)
                self._supervisor.stopping()
                for worker in self._workers:
                    worker.stop()

    async def _obey_reloads(self) -> None:
        with trio.open_signal_receiver(signal.SIGHUP) as signals:
            async for _ in signals:
                self._supervisor.reloading()
                if await trio.to_thread.run_sync(self._is_sound):
                    await self._reload()
                self._supervisor.ready()

    def _is_sound(self) -> bool:
        """The conf on disk, looked at once for all; each worker reads it itself."""
        from gateway.bootstrap import load_dialects
        from gateway.reloading import reasons_of

        try:
            conf = read_conf(self._conf.folder, os.environ)
            demand(certificate_troubles(conf), code=0)
            demand(iter(_impossible(conf)), code=0)
            load_dialects(conf)
        except (ConfError, NotReady, OSError, Elsewhere, ExceptionGroup) as trouble:
            log.error("reload.refused", reasons=[*reasons_of(trouble)])
            return False
        set_level(conf.hub.log.level)
        return True

    async def _reload(self) -> None:
        for worker in self._workers:
            worker.reload()
        self._again.ask()
        for worker in self._workers:
            await worker.wait_reloaded()

    # ------------------------------------------------------------ who asks the hub

    async def _tell(self, wire: Wire) -> None:
        await wire.send(as_line(await self._statistics()))

    async def _statistics(self) -> Mapping[str, Any]:
        found: dict[int, Mapping[str, Any] | None] = {}

        async def ask(worker: Worker) -> None:
            answer = await _asked(worker, b"")
            found[worker.number] = json.loads(answer) if answer else None

        async with trio.open_nursery() as asking:
            for worker in self._workers:
                asking.start_soon(ask, worker)
        self._ledger.note(found)
        each = [told(worker, found[worker.number]) for worker in self._workers]
        return {**self._ledger.statistics(), "workers": each}

    async def _order(self, wire: Wire) -> None:
        """To each of them; one that is not up finds it in the file. If one says no, that is the answer."""
        line = await read_line(wire)
        async with self._turn:
            up = [worker for worker in self._workers if worker.ready.is_set()]
            answers = [await _asked(worker, line) or _MUTE for worker in up]
        no = [answer for answer in answers if not json.loads(answer)["done"]]
        await wire.send((no or answers or [_MUTE])[0])


async def _asked(worker: Worker, question: bytes) -> bytes:
    """Statistics without a question, an order with one; b"": no answer."""
    path = worker.run_conf.control if question else worker.run_conf.socket
    with trio.move_on_after(ANSWER_SECONDS):
        try:
            return await ask_local(path, question)
        except (OSError, trio.BrokenResourceError):
            return b""
    return b""
