"""Several HTTP processes on one port, where one core is not enough for all who ask.

This process opens the port and answers nobody: it starts the workers, which inherit the socket, and starts
again whichever ends. They end with it, also when it is killed: each one's standard input is a pipe that
nobody writes to.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import structlog

from gateway.backoff import Backoff
from gateway.config.schema import Conf
from gateway.http_socket import listening
from gateway.parent import end_with_parent
from gateway.precedence import give_way

log = structlog.get_logger("http")
_LOOK_SECONDS = 0.2
_END_SECONDS = 10.0
_STEADY_SECONDS = 60.0


def run_workers(conf: Conf, *, with_parent: bool) -> None:
    """Until a signal comes (or the parent is gone). Raises OSError where the address cannot be had."""
    with listening(conf.hub.http) as line:
        give_way(conf.hub.http.nice)  # and all that it starts
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        if with_parent:
            end_with_parent()
        workers = [Worker(conf, line) for _ in range(conf.hub.http.workers)]
        while not stop.wait(_LOOK_SECONDS):
            for worker in workers:
                worker.look()
        for worker in workers:
            worker.end()
        for worker in workers:
            worker.wait()


class Worker:
    def __init__(self, conf: Conf, line: socket.socket) -> None:
        self._folder, self._line = conf.folder, line
        self._backoff = Backoff(first=1, cap=30)
        self._again_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self.look()

    def look(self) -> None:
        """Start it where it does not run, after a wait that grows with its failures."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            log.warning("http_worker_ended", exit_code=self._process.returncode)
            if now - self._since > _STEADY_SECONDS:
                self._backoff.succeeded()
            self._process, self._again_at = None, now + self._backoff.failed()
        if self._process is None and now >= self._again_at:
            self._start()

    def _start(self) -> None:
        descriptor = self._line.fileno()
        command = [
            *(sys.executable, "-m", "gateway.cli.main", "api", "--conf", os.fspath(self._folder)),
            *("--with-parent", "--descriptor", str(descriptor)),
        ]
        self._since = time.monotonic()
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[descriptor])

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
