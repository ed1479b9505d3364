"""Streams on real sockets, plain and over TLS, kit and hub's own needs."""

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import trio

from gateway.certificates import make_certificates
from gateway.sockets import PlainStream, SocketStream, TlsStream, connect, open_listeners

Pair: TypeAlias = tuple[SocketStream, SocketStream]
Contexts: TypeAlias = tuple[ssl.SSLContext, ssl.SSLContext]
"""(client, server)"""
LARGE = bytes(range(256)) * 40_000


async def plain_pair() -> tuple[PlainStream, PlainStream]:
    (listener,) = await open_listeners("127.0.0.1", 0, backlog=1)
    dialled = await connect("127.0.0.1", listener.port)
    accepted = await listener.accept()
    listener.close()
    return dialled, accepted


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    folder: Path = tmp_path_factory.mktemp("certs")
    make_certificates(folder, ["tiny"])
    client = ssl.create_default_context(cafile=folder / "ca.pem")
    client.load_cert_chain(folder / "tiny.pem", folder / "tiny.key")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    server.load_cert_chain(folder / "hub.pem", folder / "hub.key")
    server.verify_mode = ssl.CERT_REQUIRED
    return client, server


async def tls_pair(contexts: Contexts) -> tuple[TlsStream, TlsStream]:
    dialled, accepted = await plain_pair()
    client, server = dialled.secured(contexts[0], server_hostname="localhost"), accepted.secured(contexts[1])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.do_handshake)
        nursery.start_soon(server.do_handshake)
    return client, server


@pytest.fixture(params=["plain", "tls"])
async def pair(request: pytest.FixtureRequest, contexts: Contexts) -> AsyncIterator[Pair]:
    near, far = await (plain_pair() if request.param == "plain" else tls_pair(contexts))
    yield near, far
    near.close()
    far.close()


async def test_bytes_both_ways_and_the_end(pair: Pair) -> None:
    near, far = pair
    assert near.send_now(b"there") == 5
    assert await far.receive_some() == b"there"
    await far.send_all(b"back")
    assert await near.receive_some() == b"back"
    near.close()
    assert await far.receive_some() == b""


async def test_what_the_kernel_does_not_take_follows_in_order(pair: Pair) -> None:
    near, far = pair
    taken = 0
    while count := near.send_now(LARGE[taken : taken + 100_000]):
        taken += count
    got = bytearray()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(near.send_all, LARGE[taken:])
            while len(got) < len(LARGE):
                got += await far.receive_some()
    assert got == LARGE


async def test_a_cancelled_wait_leaves_the_stream_usable(pair: Pair) -> None:
    near, far = pair
    with trio.move_on_after(0.01):
        await far.receive_some()
    await near.send_all(b"later")
    assert await far.receive_some() == b"later"


@pytest.mark.parametrize("act", [lambda s: s.receive_some(), lambda s: s.send_all(b"x")])
async def test_a_closed_stream_says_so(pair: Pair, act: Callable[[SocketStream], Awaitable[None]]) -> None:
    near, _ = pair
    near.close()
    near.close()
    with pytest.raises(trio.ClosedResourceError):
        await act(near)


async def test_closing_wakes_who_waits(pair: Pair) -> None:
    near, _ = pair

    async def wait() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await near.receive_some()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        near.close()


async def test_a_reset_is_a_broken_resource() -> None:
    near, far = await plain_pair()
    far._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    far.close()
    with pytest.raises(trio.BrokenResourceError):
        await near.receive_some()
    near.close()


async def test_the_name_in_the_certificate(contexts: Contexts) -> None:
    client, server = await tls_pair(contexts)
    assert server.common_name() == "tiny"
    client.close()
    server.close()


async def test_leaving_without_goodbye_is_the_end_too(contexts: Contexts) -> None:
    client, server = await tls_pair(contexts)
    assert client.send_now(b"x") == 1
    assert await server.receive_some() == b"x"
    client._socket.shutdown(socket.SHUT_WR)
    assert await server.receive_some() == b""
    client.close()
    server.close()


async def test_half_closing() -> None:
    near, far = await plain_pair()
    await near.send_eof()
    assert await far.receive_some() == b""
    await far.send_all(b"still")
    assert await near.receive_some() == b"still"
    near.close()
    far.close()
