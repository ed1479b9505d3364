"""The HTTP process, both sides of it: what runs inside, and the watch that the hub keeps over it.

It is a process of its own because its library dies of requests that ours must survive. It ends with the hub,
also when the hub is killed: its standard input is a pipe that nobody writes to, and end of file means that
the hub is gone. Without that an orphan would keep the port.
"""

import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import trio

from gateway.backoff import Backoff
from gateway.config.hub import Http
from gateway.config.schema import Conf
from gateway.http_socket import listening
from gateway.parent import end_with_parent
from gateway.precedence import give_way
from gateway.surroundings import certificates_of

if TYPE_CHECKING:
    from ocrm_api.settings import Settings

log = structlog.get_logger("http")
_ASK_SECONDS = 0.1
_END_SECONDS = 3.0
_NOT_STARTED = 3
_STEADY_SECONDS = 60.0
"""A process that lived this long was not failing at its start: the next wait is short again."""


def settings_of(conf: Conf) -> "Settings":
    from ocrm_api.settings import Settings

    return Settings(
        database_url=conf.hub.database.url,
        hub_socket=conf.hub.run.socket,
        numbers=conf.hub.run.numbers,
        systems=tuple(conf.systems),
        certificates=certificates_of(conf),
        staff=conf.staff,
        limits=conf.hub.http.limits,
        hosts=conf.hub.http.hosts,
        anchors=conf.hub.run.anchors,
    )


def run_api(conf: Conf, *, with_parent: bool, descriptor: int | None = None) -> None:
    """Serve HTTP until a signal comes (or the parent is gone). `descriptor`: the listening socket of whoever
    started several of these. Raises OSError where there is none and the address cannot be had."""
    http = conf.hub.http
    line = listening(http) if descriptor is None else socket.socket(fileno=descriptor)
    import uvicorn

    from gateway.lending import ConfBank
    from ocrm_api.app import create_app
    from ocrm_api.guard.lines import guarded

    if with_parent:
        end_with_parent()
    config = uvicorn.Config(
        create_app(settings_of(conf), ConfBank(conf)),
        host=http.host,
        port=http.port,
        http=guarded(http.limits),
        ws="none",
        timeout_keep_alive=http.limits.keep_alive_seconds,
        proxy_headers=bool(http.proxies),
        forwarded_allow_ips=list(http.proxies),
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=http.tls.certificate if http.tls else None,
        ssl_keyfile=http.tls.key if http.tls else None,
    )
    server = uvicorn.Server(config)
    if descriptor is None:  # else it is as whoever started it
        give_way(http.nice)  # not before: the hub waits for it to answer
    server.run(sockets=[line])
    if not server.started:
        sys.exit(_NOT_STARTED)


class HttpProcessFailed(Exception):
    """It ended before it answered for the first time: a matter of conf or of the machine, not of luck."""


class Again:
    """Has the HTTP process start anew, under the conf as it is then on disk."""

    def __init__(self) -> None:
        self._asked = trio.Event()

    def ask(self) -> None:
        self._asked.set()

    def begin(self) -> None:
        """A process starts, and reads the conf as it is now."""
        self._asked = trio.Event()

    @property
    def asked(self) -> bool:
        """Whether the last one was ended on purpose: then its end is no failure."""
        return self._asked.is_set()

    async def end_when_asked(self, process: trio.Process) -> None:
        await self._asked.wait()
        process.terminate()


async def watch_api(conf: Conf, answered: trio.Event, again: Again) -> None:
    """Start the HTTP process, and again whenever it ends; `answered` is set once it has answered.

    Raises HttpProcessFailed where the first one ends without having answered.
    """
    backoff = Backoff(first=1, cap=30)
    while True:
        since = time.monotonic()
        again.begin()
        code = await _run_once(conf.hub.http, conf.folder, answered, again)
        if not answered.is_set():
            raise HttpProcessFailed(f"the HTTP process ended at its start (exit code {code})")
        if time.monotonic() - since > _STEADY_SECONDS:
            backoff.succeeded()
        if again.asked:
            log.info("http_process_replaced")
            continue
        wait = backoff.failed()
        log.warning("http_process_ended", exit_code=code, again_in_seconds=round(wait, 1))
        await trio.sleep(wait)


async def _run_once(http: Http, folder: Path, answered: trio.Event, again: Again) -> int:
    """Until the process ends; a cancellation ends it."""
    command = [sys.executable, "-m", "gateway.cli.main", "api", "--conf", str(folder), "--with-parent"]
    # A session of its own: an interrupt from the keyboard is for the hub, which ends this one in its turn.
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_tell_when_it_answers, http, answered)
            nursery.start_soon(again.end_when_asked, process)
            code = await process.wait()
            nursery.cancel_scope.cancel()
        return code
    finally:
        await _end(process)


async def _end(process: trio.Process) -> None:
    """Asked first; killed when it hangs."""
    process.terminate()
    with trio.CancelScope(shield=True):
        with trio.move_on_after(_END_SECONDS):
            await process.wait()
        process.kill()
        await process.wait()


async def _tell_when_it_answers(http: Http, answered: trio.Event) -> None:
    # Another process: there is no event to wait for.
    while not await trio.to_thread.run_sync(answers, http, abandon_on_cancel=True):  # noqa: ASYNC110
        await trio.sleep(_ASK_SECONDS)
    answered.set()


def answers(http: Http) -> bool:
    """Whether `/healthz` says 200. The certificate is our own, so its name is nothing to check here."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(http.host, http.host)
    connection: HTTPConnection
    if http.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = HTTPSConnection(host, http.port, timeout=2, context=context)
    else:
        connection = HTTPConnection(host, http.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
