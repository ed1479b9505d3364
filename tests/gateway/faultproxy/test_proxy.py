"""The fault proxy on real sockets, between a client and a server that echoes."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gateway.faultproxy.faults import Faults
from gateway.faultproxy.proxy import Proxy

DATA = bytes(range(256)) * 3


class Echo:
    def __init__(self) -> None:
        self.ends: list[str] = []
        self.heard = trio.Event()

    async def serve(self, stream: trio.SocketStream) -> None:
        try:
            async for data in stream:
                await stream.send_all(data)
            self.ends.append("closed")
        except trio.BrokenResourceError as error:
            cause = error.__cause__
            assert isinstance(cause, OSError)
            self.ends.append(errno.errorcode[cause.errno or 0])
        finally:
            await stream.aclose()
            self.heard.set()


@asynccontextmanager
async def between() -> AsyncIterator[tuple[Proxy, Echo, trio.SocketStream, int]]:
    """A proxy before an echo, a client through it, and the proxy's port."""
    echo = Echo()
    async with trio.open_nursery() as tasks:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        tasks.start_soon(trio.serve_listeners, echo.serve, listeners)
        proxy = Proxy("127.0.0.1", listeners[0].socket.getsockname()[1])
        port = await tasks.start(proxy.run)
        with trio.fail_after(30):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            async with stream:
                yield proxy, echo, stream, port
        tasks.cancel_scope.cancel()


async def read(stream: trio.SocketStream, size: int) -> list[bytes]:
    """So many bytes, in the pieces in which they came."""
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < size:
        data = await stream.receive_some(size)
        assert data, "closed early"
        pieces.append(bytes(data))
    return pieces


async def read_until_reset(stream: trio.SocketStream) -> bytes:
    data = b""
    try:
        while more := await stream.receive_some():
            data += more
    except trio.BrokenResourceError:
        return data
    raise AssertionError("closed, not reset")


async def test_in_calm_weather_everything_passes_and_ends() -> None:
    async with between() as (proxy, echo, stream, _):
        await stream.send_all(DATA)
        assert b"".join(await read(stream, len(DATA))) == DATA
        await stream.send_eof()
        assert await stream.receive_some() == b""
        await echo.heard.wait()
        assert echo.ends == ["closed"]
        await wait_all_tasks_blocked()
        assert len(proxy) == 0


async def test_slices_keep_every_byte() -> None:
    async with between() as (proxy, _, stream, _):
        proxy.to_server.faults = Faults(slice_bytes=7)
        proxy.to_client.faults = Faults(slice_bytes=1)
        await stream.send_all(DATA)
        assert b"".join(await read(stream, len(DATA))) == DATA


async def test_latency_delays_and_a_change_ends_the_wait() -> None:
    async with between() as (proxy, _, stream, _):
        proxy.to_client.faults = Faults(latency_seconds=0.2, jitter_seconds=0.1)
        began = trio.current_time()
        await stream.send_all(b"x")
        await read(stream, 1)
        assert trio.current_time() - began >= 0.2
        proxy.to_client.faults = Faults(latency_seconds=3600)
        await stream.send_all(b"y")
        await trio.sleep(0.05)
        proxy.to_client.faults = Faults()
        assert await read(stream, 1) == [b"y"]


async def test_bandwidth() -> None:
    async with between() as (proxy, _, stream, _):
        proxy.to_server.faults = Faults(bytes_per_second=1000)
        began = trio.current_time()
        await stream.send_all(bytes(400))
        await read(stream, 400)
        assert trio.current_time() - began >= 0.25


async def test_hanging_one_way_and_going_on() -> None:
    async with between() as (proxy, _, stream, _):
        proxy.to_client.faults = Faults(hanging=True)
        await stream.send_all(b"held")
        with trio.move_on_after(0.1) as waited:
            await stream.receive_some()
        assert waited.cancelled_caught
        proxy.to_client.faults = Faults()
        assert b"".join(await read(stream, 4)) == b"held"


async def test_a_hanging_direction_blocks_its_sender_in_the_end() -> None:
    async with between() as (proxy, _, stream, _):
        proxy.to_server.faults = Faults(hanging=True)
        with trio.move_on_after(0.5) as blocked:
            await stream.send_all(bytes(50_000_000))
        assert blocked.cancelled_caught
        proxy.reset()


async def test_reset_after_so_many_bytes_of_a_reply() -> None:
    async with between() as (proxy, echo, stream, _):
        await stream.send_all(b"before")
        await read(stream, 6)
        proxy.to_client.faults = Faults(reset_after_bytes=3)
        await stream.send_all(b"after")
        assert b"aft".startswith(await read_until_reset(stream))  # a reset may overtake what it follows
        await echo.heard.wait()
        assert echo.ends == ["ECONNRESET"]


async def test_half_open_tells_the_server_nothing() -> None:
    async with between() as (proxy, echo, stream, _):
        await stream.send_all(b"x")
        await read(stream, 1)
        proxy.half_open()
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()
        with trio.move_on_after(0.1):
            await echo.heard.wait()
        assert echo.ends == []
        assert len(proxy) == 1
        proxy.reset()
        await echo.heard.wait()
        assert echo.ends == ["ECONNRESET"]


async def test_refusing_and_flapping() -> None:
    async with between() as (proxy, _, stream, port):
        proxy.refusing = True
        with pytest.raises(trio.BrokenResourceError):
            async with await trio.open_tcp_stream("127.0.0.1", port) as other:
                await other.receive_some()
        proxy.refusing, proxy.life_seconds = False, 0.1
        async with await trio.open_tcp_stream("127.0.0.1", port) as other:
            await other.send_all(b"x")
            assert b"x".startswith(await read_until_reset(other))
        await stream.send_all(b"y")  # who was there before lives on
        assert await read(stream, 1) == [b"y"]
        assert proxy.connections == 3


async def test_a_server_that_is_not_there_is_a_reset() -> None:
    async with trio.open_nursery() as tasks:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        proxy = Proxy("127.0.0.1", listener.socket.getsockname()[1])
        await listener.aclose()
        port = await tasks.start(proxy.run)
        with trio.fail_after(30), pytest.raises(trio.BrokenResourceError):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                await stream.receive_some()
        tasks.cancel_scope.cancel()
