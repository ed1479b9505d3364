"""Pushes over dialled connections, on real sockets."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from gateway.backoff import Backoff
from gateway.config.transport import Dial
from gateway.dialling import Dialler, Keeper, ShortRoute
from gateway.sockets import Connection, PlainStream, Sockets, connect, open_listeners
from gateway.streams import Wire, WireBroken

from .tiny import Bench, frames, push, read_some

Handler = Callable[[trio.SocketStream], Awaitable[None]]


@asynccontextmanager
async def peer(handler: Handler) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
        yield f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


async def confirm(stream: trio.SocketStream) -> None:
    async with stream:
        (text,) = await read_some(stream, 1)
        await stream.send_all(frames(f"R {text.split()[1]} 0000"))
        assert await stream.receive_some() == b""  # the requester closes


async def until(true: Callable[[], bool]) -> None:
    """Real sockets have their own time."""
    with trio.fail_after(10):
        while not true():  # noqa: ASYNC110
            await trio.sleep(0.005)


def short_route(bench: Bench, address: str, **more: object) -> ShortRoute:
    conf = Dial.model_validate({"address": address, "style": "short", "connections": 2, **more})
    dialler = Dialler("tiny", conf, bench.shared)
    return ShortRoute(bench.system(), dialler, bench.shared, reply_seconds=1, backoff=Backoff(1, 300))


@asynccontextmanager
async def carrying(bench: Bench, route: ShortRoute) -> AsyncIterator[list[str]]:
    lost: list[str] = []
    route.lost = lost.extend
    async with bench.running() as sessions:
        sessions.start_soon(route.run)
        await wait_all_tasks_blocked()
        yield lost
        route.stop()


async def test_each_push_has_a_connection_of_its_own() -> None:
    bench = Bench()
    async with peer(confirm) as address:
        route = short_route(bench, address)
        async with carrying(bench, route) as lost:
            assert route.send(push("P1"))
            assert route.send(push("P2"))
            assert route.capacity() == 0
            assert not route.send(push("P3"))
            await until(lambda: len(bench.settled) == 2)
            assert route.capacity() == 2
    assert sorted(bench.settled) == ["P1", "P2"]
    assert lost == []


@pytest.mark.fault("P4", "the same on memory streams")
async def test_the_end_instead_of_a_reply_is_no_delivery() -> None:
    async def hang_up(stream: trio.SocketStream) -> None:
        async with stream:
            await read_some(stream, 1)

    bench = Bench()
    async with peer(hang_up) as address:
        route = short_route(bench, address)
        async with carrying(bench, route) as lost:
            route.send(push("P1"))
            await until(lambda: lost == ["P1"])
            assert route.capacity() == 2
    assert bench.settled == []


async def test_while_it_cannot_be_reached_one_push_probes() -> None:
    async with peer(confirm) as address:
        pass
    bench = Bench()
    route = short_route(bench, address)
    async with carrying(bench, route) as lost:
        route.send(push("P1"))
        await until(lambda: bool(lost))
        assert route.capacity() == 0
        await trio.sleep(1.05)
        assert route.capacity() == 1
    assert bench.counters.lines["tiny", "not reachable"] == 1


async def test_a_peer_that_does_not_answer_the_call_is_given_up(
    autojump_clock: MockClock,
) -> None:
    class Silent(Sockets):
        async def connect(self, host: str, port: int) -> Connection:
            await trio.sleep_forever()
            raise AssertionError

    conf = Dial(address="127.0.0.1:1", style="short", connections=1, connect_seconds=5.0)
    with pytest.raises(WireBroken, match="connect deadline"):
        await Dialler("tiny", conf, Bench().shared, network=Silent()).dial()


async def test_a_long_line_is_dialled_again() -> None:
    met = 0

    async def drop_the_first(stream: trio.SocketStream) -> None:
        nonlocal met
        met += 1
        async with stream:
            if met > 1:
                with contextlib.suppress(trio.BrokenResourceError):
                    await confirm(stream)

    bench = Bench()
    async with peer(drop_the_first) as address:
        conf = Dial(address=address, style="long", connections=1)
        keeper = Keeper(
            bench.system(), Dialler("tiny", conf, bench.shared), bench.lines, bench.shared, Backoff(0.01, 1)
        )
        async with bench.running() as sessions:
            sessions.start_soon(keeper.run)
            await until(lambda: met == 2 and bench.lines.send(push("P1")))
            await until(lambda: bool(bench.settled))
            keeper.stop()
            for line in bench.lines:
                line.finish("stopping")
    assert bench.settled == ["P1"]


async def test_a_line_of_real_sockets_sends_at_once() -> None:
    bench = Bench()

    near, far = await _connected()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(near).run)
        async with far:
            for n in range(3):
                await far.send_all(frames(f"C {n} A {n}", f"C 1{n} A 1{n}"))
                assert await read_some(far, 2) == [f"A {n} 0000", f"A 1{n} 0000"]


async def test_an_interrupted_wire_does_not_send_at_once() -> None:
    near, far = await _connected()
    wire = Wire(near, peer="x", write_seconds=1)
    assert wire.send_at_once(b"abc") == 3
    await wire.close()
    assert wire.send_at_once(b"abc") == 0
    assert await far.receive_some() == b"abc"
    await far.aclose()


async def _connected() -> tuple[PlainStream, PlainStream]:
    (listener,) = await open_listeners("127.0.0.1", 0, backlog=1)
    near = await connect("127.0.0.1", listener.port)
    far = await listener.accept()
    listener.close()
    return near, far
