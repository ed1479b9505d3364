"""Lines of the HTTP server, on a real port: slow, wordy and many ones are cut, others are served."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ocrm_api.guard.conf import HttpLimits
from ocrm_api.guard.lines import TOO_LONG, guarded

LIMITS = HttpLimits(
    connections=12, connections_per_address=8, header_bytes=4_000, header_seconds=0.5, write_seconds=0.5
)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


def large(_request: Request) -> Response:
    return PlainTextResponse("x" * 20_000_000)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    app = Starlette(routes=[Route("/", hello), Route("/large", large)])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=guarded(LIMITS), log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def line(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=10) as made:
        yield made


def ended(line: socket.socket) -> bytes:
    """What came until the line ended."""
    told = b""
    try:
        while data := line.recv(65536):
            told += data
    except ConnectionResetError:
        pass
    return told


def test_requests_on_one_line(line: socket.socket) -> None:
    for _ in range(3):
        line.sendall(GET)
        assert line.recv(65536).endswith(b"hello")
    line.sendall(GET * 3)
    told = b""
    while told.count(b"hello") < 3:
        told += line.recv(65536)


@pytest.mark.parametrize("said", [b"", b"GET / HT", GET + b"GET / HTTP/1.1\r\nHo"])
def test_a_slow_one_is_cut(line: socket.socket, said: bytes) -> None:
    begun = time.monotonic()
    line.sendall(said)
    assert ended(line).count(b"hello") == said.count(b"\r\n\r\n")
    assert time.monotonic() - begun > 0.4


@pytest.mark.parametrize(
    "said",
    [
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 20_000,
    ],
    ids=["line", "header", "headers"],
)
def test_a_wordy_one_is_refused(line: socket.socket, said: bytes) -> None:
    for at in range(0, len(said), 1_000):
        try:
            line.sendall(said[at : at + 1_000])
        except OSError:
            break
        time.sleep(0.001)
    told = ended(line)
    assert told == b"" or (told.startswith(b"HTTP/1.1 400") and told.endswith(TOO_LONG.encode()))


def test_one_that_does_not_read_is_cut(line: socket.socket) -> None:
    line.sendall(GET.replace(b"/ ", b"/large ") * 3)
    time.sleep(1.5)
    assert len(ended(line)) < 60_000_000


def test_too_many_from_one_address(address: tuple[str, int]) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(address, timeout=10)) for _ in range(12)]
        served = 0
        for one in lines:
            try:
                one.sendall(GET)
                served += one.recv(65536).endswith(b"hello")
            except OSError:
                pass
        assert served <= LIMITS.connections_per_address
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.create_connection(address, timeout=10) as again:
            again.sendall(GET)
            if again.recv(65536).endswith(b"hello"):
                return
    raise AssertionError("lines that ended are still counted")
