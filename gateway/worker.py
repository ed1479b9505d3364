"""One hub of several on this machine (`ecif serve --workers N`): its conf, and its life as the parent sees.

A worker is a whole hub: same conf, same ports (`gateway.sockets.SharedSockets`), same database, a name of its
own to hold leases by, and its two Unix sockets in a folder of its own. HTTP is the parent's.

It tells its parent what any hub tells systemd (`gateway.supervision`), over a socket beside those two: ready,
reloading, alive. One that is silent for longer than its watchdog allows is killed; one that ended is started
again, after a pause that grows with its failures.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
import trio

from gateway.backoff import Backoff
from gateway.config.hub import Run
from gateway.config.schema import Conf
from gateway.local import check_length, remove_socket

log = structlog.get_logger("workers")

START_SECONDS = 120.0
"""Until it is ready: then it hangs."""
SILENT_SECONDS = 30.0
"""Without a sign of life; where systemd watches the parent, what systemd allows."""
END_SECONDS = 15.0
"""After its drain has had its time."""
STEADY_SECONDS = 60.0
"""One that lived this long was not failing at its start."""
_MICROSECONDS = 1e6


class WorkerRun(Run):
    """The hub's places, and which are this worker's own."""

    worker: int

    @property
    def own(self) -> Path:
        return self.directory / f"worker-{self.worker}"

    @property
    def socket(self) -> Path:
        return self.own / "hub.sock"

    @property
    def control(self) -> Path:
        return self.own / "control.sock"

    @property
    def notify(self) -> Path:
        """Where the parent hears how it is."""
        return self.own / "notify.sock"


def run_of(conf: Conf, number: int) -> WorkerRun:
    return WorkerRun(**conf.hub.run.model_dump(), worker=number)


def conf_of(conf: Conf, number: int) -> Conf:
    """What is its own in the conf of all."""
    hub = conf.hub
    own = {
        "run": run_of(conf, number),
        "http": hub.http.model_copy(update={"start": False}),
        "instances": hub.instances.model_copy(update={"name": f"{number}@{hub.holder}"}),
    }
    return replace(conf, hub=hub.model_copy(update=own))


class WorkerFailed(Exception):
    """It ended before it was ready for the first time: a matter of conf or machine. It has said why."""

    def __init__(self, number: int, code: int) -> None:
        super().__init__(f"worker {number} ended at its start (exit code {code})")
        self.code = code if code > 0 else 3


class Worker:
    """`run` until `stop`."""

    def __init__(self, conf: Conf, number: int, environment: Mapping[str, str]) -> None:
        self.number, self.run_conf = number, run_of(conf, number)
        self._folder, self._drain_seconds = conf.folder, conf.hub.run.drain_seconds
        silent = environment.get("WATCHDOG_USEC", "")
        self._silent_seconds = int(silent) / _MICROSECONDS if silent.isdigit() else SILENT_SECONDS
        self._environment = {**environment, "NOTIFY_SOCKET": os.fspath(self.run_conf.notify.resolve())}
        self._environment["WATCHDOG_USEC"] = str(int(self._silent_seconds * _MICROSECONDS))
        self._environment.pop("WATCHDOG_PID", None)
        self._backoff = Backoff(first=1, cap=30)
        self._process: trio.Process | None = None
        self._alive = trio.CancelScope()
        self.ready, self.lives = trio.Event(), 0
        """Set while it serves; how often it was started."""
        self._stale = False
        """The conf was changed since it began to read it."""
        self._settled = trio.Event()
        self._stopping = trio.Event()

    def __repr__(self) -> str:
        return f"<Worker {self.number}{' ready' if self.ready.is_set() else ''}>"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    # ------------------------------------------------------------ what the parent has it do

    def reload(self) -> None:
        """At once, or when it is ready: what it reads while it starts may be the old conf still."""
        self._settled = trio.Event()
        if self.ready.is_set():
            self._signal(signal.SIGHUP)
        else:
            self._stale = True

    async def wait_reloaded(self) -> None:
        """Or it ended."""
        await self._settled.wait()

    def stop(self) -> None:
        """Drain and end; said a second time, end at once."""
        self._stopping.set()
        self._alive.deadline = trio.current_time() + self._drain_seconds + END_SECONDS
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    # ------------------------------------------------------------ its lives

    async def run(self) -> None:
        """Raises WorkerFailed where the first life does not become one."""
        served = False
        while not self._stopping.is_set():
            since = trio.current_time()
            code = await self._one_life()
            served, self.ready = served or self.ready.is_set(), trio.Event()
            self._settled.set()
            if self._stopping.is_set():
                return
            if not served:
                raise WorkerFailed(self.number, code)
            if trio.current_time() - since > STEADY_SECONDS:
                self._backoff.succeeded()
            wait = self._backoff.failed()
            log.error("worker.ended", number=self.number, exit_code=code, again_in_seconds=round(wait, 1))
            with trio.move_on_after(wait):
                await self._stopping.wait()

    async def _one_life(self) -> int:
        """From its start to its exit code."""
        self.lives, self._stale = self.lives + 1, False
        with _listening(self.run_conf.notify) as heard:
            self._process = process = await self._start()
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._listen, heard)
                    with trio.CancelScope(deadline=trio.current_time() + START_SECONDS) as self._alive:
                        await process.wait()
                    nursery.cancel_scope.cancel()
                if self._alive.cancelled_caught:
                    log.error("worker.hangs", number=self.number)
            finally:
                await _end(process, self._drain_seconds + END_SECONDS, hangs=self._alive.cancelled_caught)
        return process.returncode or 0

    async def _start(self) -> trio.Process:
        command = (
            *(sys.executable, "-m", "gateway.cli.main", "serve", "--conf", os.fspath(self._folder)),
            *("--worker", str(self.number)),
        )
        # A session of its own: an interrupt from the keyboard is for the parent.
        return await trio.lowlevel.open_process(
            command, stdin=subprocess.PIPE, env=self._environment, start_new_session=True
        )

    async def _listen(self, heard: trio.socket.SocketType) -> None:
        while True:
            for state in (await heard.recv(1024)).decode("ascii", "replace").splitlines():
                self._note(state)

    def _note(self, state: str) -> None:
        """READY=1 follows its start and each reload."""
        if self._stopping.is_set():
            return
        match state:
            case "READY=1" if self._stale:
                self._stale = False
                self._signal(signal.SIGHUP)
                self.ready.set()
            case "READY=1":
                self.ready.set()
                self._settled.set()
        if self.ready.is_set():
            self._alive.deadline = trio.current_time() + self._silent_seconds


def _listening(path: Path) -> trio.socket.SocketType:
    check_length(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_socket(path)
    plain = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        plain.bind(os.fspath(path))
        path.chmod(0o600)
        return trio.socket.from_stdlib_socket(plain)
    except BaseException:
        plain.close()
        raise


async def _end(process: trio.Process, seconds: float, *, hangs: bool) -> None:
    """Asked first, where it can hear; killed when it does not end."""
    with trio.CancelScope(shield=True):
        if not hangs:
            process.terminate()
            with trio.move_on_after(seconds):
                await process.wait()
        process.kill()
        await process.wait()


def told(worker: Worker, statistics: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is said of it alone."""
    found = statistics or {}
    return {
        "worker": worker.number,
        "pid": worker.pid,
        "ready": bool(found.get("ready")),
        "restarts": worker.lives - 1,
        "sessions": sum(found.get("sessions", {}).values()),
        "resident_bytes": found.get("process", {}).get("resident_bytes", 0),
    }
