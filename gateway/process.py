"""The hub as a process: what is looked at before it starts, its signals, `ready`, and its end."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import structlog
import trio

from gateway.collector import spare_collector
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.http_process import Again, watch_api
from gateway.parent import end_with_parent
from gateway.sockets import SharedSockets
from gateway.store_process import StoreProcess, start_store_process
from gateway.supervision import Supervisor
from gateway.surroundings import certificate_troubles, demand, port_troubles, prepare_database
from gateway.worker import conf_of
from gateway.world import World

if TYPE_CHECKING:
    from gateway.hub import Hub
    from gateway.reloading import Reloading

_CONF, _NOT_NOW = 2, 3
"""Exit codes: conf names what is not there; it may work later."""
_SWITCH_SECONDS = 0.0005
"""After how long the event loop lets a thread go on that waits for it: the one that talks to the store
process has little to do, and while it waits the store does nothing."""
log = structlog.get_logger("process")


def run_hub(conf: Conf) -> None:
    """Until SIGTERM. Raises NotReady, StoreError or OSError with nothing left running."""
    look_around(conf)
    spare_hang_ups()
    with closing(start_store_process(conf)) as store:
        read = partial(read_conf, conf.folder, os.environ)
        trio.run(_serve, conf, store, read, World(), say_ready)


def run_worker(conf: Conf, number: int) -> None:
    """The same as one of several on this machine; its parent (`gateway.workers`) has looked around."""

    def read() -> Conf:
        return conf_of(read_conf(conf.folder, os.environ), number)

    spare_hang_ups()
    structlog.contextvars.bind_contextvars(worker=number)
    own = conf_of(conf, number)
    with closing(start_store_process(own)) as store:
        end_with_parent()
        trio.run(_serve, own, store, read, World(network=SharedSockets()), _leave_it_to_the_parent)


def say_ready() -> None:
    sys.stderr.write("ready\n")
    sys.stderr.flush()


def _leave_it_to_the_parent() -> None:
    """It says so when all are."""


def look_around(conf: Conf) -> None:
    """Before anything is opened."""
    demand(certificate_troubles(conf), code=_CONF)
    demand(port_troubles(conf), code=_NOT_NOW)
    conf.hub.run.directory.mkdir(parents=True, exist_ok=True)
    prepare_database(conf)


def spare_hang_ups() -> None:
    """SIGHUP asks to reload, and ends nobody: neither who begins nor who is about to end. Python would give
    it back its deadly meaning as soon as nobody waits for it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


async def _serve(
    conf: Conf, store: StoreProcess, read: Callable[[], Conf], world: World, announce: Callable[[], None]
) -> None:
    sys.setswitchinterval(_SWITCH_SECONDS)
    supervisor = Supervisor.of(os.environ)
    async with trio.open_nursery() as nursery:
        # The HTTP process first: it loads while the hub is built.
        answers, again = trio.Event(), Again()
        if conf.hub.http.start:
            nursery.start_soon(watch_api, conf, answers, again)
            await trio.lowlevel.checkpoint()
        else:
            answers.set()
        hub = _build(conf, store, world)
        store.opened()
        spare_collector()
        nursery.start_soon(store.watch)
        nursery.start_soon(_anchoring, conf)
        nursery.start_soon(_obey_signals, hub, supervisor)
        reloading = _reloading(conf, hub, store, read)
        nursery.start_soon(_obey_reloads, reloading, supervisor, again)
        nursery.start_soon(_warning, reloading)
        await nursery.start(_run, hub, nursery.cancel_scope)
        await answers.wait()
        announce()
        supervisor.ready()
        nursery.start_soon(supervisor.live)


def _build(conf: Conf, store: StoreProcess, world: World) -> "Hub":
    from gateway.bootstrap import build_hub

    return build_hub(conf, store, world=world)


async def _anchoring(conf: Conf) -> None:
    from gateway.anchoring import anchor_hourly

    await anchor_hourly(conf)


async def _warning(reloading: "Reloading") -> None:
    from gateway.expiry import warn_daily

    await warn_daily(lambda: reloading.conf)


async def _run(hub: "Hub", around: trio.CancelScope, *, task_status: trio.TaskStatus[None]) -> None:
    """The hub ends by itself only when it was told to stop; what stands around it ends with it."""
    await hub.run(task_status=task_status)
    around.cancel()


async def _obey_signals(hub: "Hub", supervisor: Supervisor) -> None:
    """The first one drains, the next one ends at once."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            log.info("stopping", signal=signal.Signals(number).name)
            supervisor.stopping()
            hub.stop()


def _reloading(conf: Conf, hub: "Hub", store: StoreProcess, read: Callable[[], Conf]) -> "Reloading":
    from gateway.reloading import Reloading

    return Reloading(conf, hub, read=read, renew=store.renew)


async def _obey_reloads(reloading: "Reloading", supervisor: Supervisor, again: Again) -> None:
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        async for _ in signals:
            supervisor.reloading()
            if await reloading.reload():
                again.ask()
            supervisor.ready()
