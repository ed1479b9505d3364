"""Non-blocking sockets as streams, plain and TLS: the least that one connection needs.

trio's own streams try before they wait, guard against a second reader, and carry TLS through two memory
buffers with a lock each. A connection of the hub has one task that reads, and sends that take turns, so here
it is: wait until the kernel says that it is worth it, then one call. TLS is the standard library's SSLSocket,
which decrypts in that same call.

`send_now` takes what the kernel takes without waiting, so that a reply needs no task of its own. With TLS a
record that was begun must be offered again, with more after it or not: who sends the rest sends it first.

What may go wrong is said as trio's streams say it: BrokenResourceError with the OSError as its cause.

The rest of the hub knows `ReadyStream`, `Connection`, `Port` and `Network` only: the simulation has its own.
"""

import contextlib
import errno
import os
import socket
import ssl
from abc import abstractmethod
from typing import Any, Protocol

import trio
from trio.lowlevel import notify_closing, wait_readable, wait_writable

MOST_BYTES = 16_384
"""Of one read: a TLS record holds no more, so nothing decrypted is ever left behind unseen."""
UNSENT_BYTES = 16_384
"""The kernel asks for more only below this: a slow peer's backlog is the hub's to count, not the kernel's."""


class ReadyStream(trio.abc.Stream):
    """A stream that can also be tried without waiting."""

    peer: str
    """The other side's address."""

    @abstractmethod
    def receive_now(self) -> bytes:
        """What has come; b"" also when nothing has yet."""

    @abstractmethod
    def send_now(self, data: bytes) -> int:
        """How many of these bytes were taken."""

    @abstractmethod
    def close(self) -> None:
        """At once; a second time is nothing."""


class Connection(ReadyStream, trio.abc.HalfCloseableStream):
    """One that was accepted or dialled; its writing can end alone, and TLS can be put over it."""

    @abstractmethod
    def secured(self, context: ssl.SSLContext, *, server_hostname: str | None = None) -> "TlsStream":
        """The same connection, to be spoken over TLS from now on; this stream is given up."""


class Port(Protocol):
    """Where connections are accepted."""

    @property
    def port(self) -> int: ...

    async def accept(self) -> Connection: ...

    def close(self) -> None: ...


class Network(Protocol):
    """Where the hub listens and dials."""

    async def listen(self, host: str, port: int, *, backlog: int) -> list[Port]:
        """On every address of the name. Raises OSError."""

    async def connect(self, host: str, port: int) -> Connection:
        """Raises OSError."""


class SocketStream(ReadyStream):
    """One connection without TLS is a `PlainStream`, with it a `TlsStream`."""

    def __init__(self, sock: socket.socket, *, peer: str = "") -> None:
        self._socket = sock
        self.peer = peer

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.peer}>"

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        while True:
            self._check_open()
            await wait_readable(self._socket)
            try:
                return self._socket.recv(max_bytes or MOST_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            except ssl.SSLWantWriteError:
                await wait_writable(self._socket)
            except OSError as error:
                raise trio.BrokenResourceError from error

    def receive_now(self) -> bytes:
        self._check_open()
        try:
            return self._socket.recv(MOST_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        except OSError as error:
            raise trio.BrokenResourceError from error

    def send_now(self, data: bytes) -> int:
        self._check_open()
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except OSError as error:
            raise trio.BrokenResourceError from error

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        rest = bytes(data)
        while rest := rest[self.send_now(rest) :]:
            await self.wait_send_all_might_not_block()

    async def wait_send_all_might_not_block(self) -> None:
        await wait_writable(self._socket)

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            notify_closing(self._socket)
            self._socket.close()

    def _check_open(self) -> None:
        if self._socket.fileno() < 0:
            raise trio.ClosedResourceError


class PlainStream(SocketStream, Connection):
    async def send_eof(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise trio.BrokenResourceError from error

    def secured(self, context: ssl.SSLContext, *, server_hostname: str | None = None) -> "TlsStream":
        return TlsStream(
            context.wrap_socket(
                self._socket,
                server_side=server_hostname is None,
                server_hostname=server_hostname,
                do_handshake_on_connect=False,
            ),
            peer=self.peer,
        )


class TlsStream(SocketStream):
    """The end of the other side's writing is b"" also where it left without saying goodbye."""

    _socket: ssl.SSLSocket

    async def do_handshake(self) -> None:
        while True:
            try:
                return self._socket.do_handshake()
            except ssl.SSLWantReadError:
                await wait_readable(self._socket)
            except ssl.SSLWantWriteError:
                await wait_writable(self._socket)
            except OSError as error:
                raise trio.BrokenResourceError from error

    def common_name(self) -> str:
        """The subject's common name in the peer's certificate, "" without one."""
        certificate = self._socket.getpeercert() or {}
        subject: tuple[tuple[tuple[str, str], ...], ...] = certificate.get("subject", ())  # type: ignore[assignment]
        names = [value for part in subject for key, value in part if key == "commonName"]
        return names[0] if len(names) == 1 else ""

    def close(self) -> None:
        """Says goodbye where the kernel takes it, and does not wait for the other side's."""
        if self._socket.fileno() >= 0:
            with contextlib.suppress(OSError, ValueError):
                self._socket.unwrap()
        super().close()


class SocketListener:
    """A listening socket that gives `PlainStream`s."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        _tune(sock)  # what it accepts inherits this
        self._socket = sock

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    async def accept(self) -> PlainStream:
        while True:
            await wait_readable(self._socket)
            try:
                sock, address = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue
            sock.setblocking(False)
            return PlainStream(sock, peer=f"{address[0]}:{address[1]}")

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            notify_closing(self._socket)
            self._socket.close()


class Sockets:
    """The real network."""

    async def listen(self, host: str, port: int, *, backlog: int) -> list[Port]:
        return [*await open_listeners(host, port, backlog=backlog)]

    async def connect(self, host: str, port: int) -> Connection:
        return await connect(host, port)


class SharedSockets(Sockets):
    """Ports that several processes of this user listen on: the kernel gives each new connection to one of
    them, by its addresses (SO_REUSEPORT, socket(7))."""

    async def listen(self, host: str, port: int, *, backlog: int) -> list[Port]:
        found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with contextlib.ExitStack() as opened:
            ports = [opened.enter_context(_shared(*each)) for each in found]
            for each in ports:
                each.listen(backlog)
            opened.pop_all()
        return [SocketListener(each) for each in ports]


def _shared(family: int, type: int, protocol: int, _name: str, address: Any) -> socket.socket:
    sock = socket.socket(family, type, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
    except BaseException:
        sock.close()
        raise
    return sock


async def open_listeners(host: str, port: int, *, backlog: int) -> list[SocketListener]:
    """Bind and listen on every address of the name. Raises OSError."""
    found = await trio.open_tcp_listeners(port, host=host, backlog=backlog)
    return [SocketListener(_taken_over(listener.socket)) for listener in found]


async def connect(host: str, port: int) -> PlainStream:
    """The name is resolved anew; where it has several addresses, trio tries them. Raises OSError."""
    found = await trio.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if len(found) == 1:
        ((family, type, protocol, _, address),) = found
        sock = socket.socket(family, type, protocol)
        sock.setblocking(False)
        await _connected(sock, address)
    else:
        sock = _taken_over((await trio.open_tcp_stream(host, port)).socket)
    _tune(sock)
    return PlainStream(sock, peer=f"{host}:{port}")


async def _connected(sock: socket.socket, address: Any) -> None:
    try:
        code = sock.connect_ex(address)
        if code == errno.EINPROGRESS:
            await wait_writable(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
    except BaseException:
        sock.close()
        raise


def _taken_over(theirs: trio.socket.SocketType) -> socket.socket:
    sock = socket.socket(fileno=theirs.detach())
    sock.setblocking(False)
    return sock


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
