"""Pushes over dialled connections, on real sockets."""

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

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


@pytest.mark.fault(
    "C7", "a system that hangs up on every push is left alone, tried with one, and taken up again"
)
async def test_who_hangs_up_on_every_push_is_left_alone_until_it_answers() -> None:
    met = 0

    async def hang_up_on_three(stream: trio.SocketStream) -> None:
        nonlocal met
        met += 1
        if met > 3:
            await confirm(stream)
        else:
            async with stream:
                await read_some(stream, 1)

    bench = Bench()
    async with peer(hang_up_on_three) as address:
        route = short_route(bench, address)
        async with carrying(bench, route) as lost:
            for number in range(3):
                assert route.send(push(f"P{number}"))
                await until(lambda expected=number + 1: len(lost) == expected)
            assert route.capacity() == 0
            await trio.sleep(1.05)
            assert route.capacity() == 1
            assert route.send(push("P4"))
            await until(lambda: bench.settled == ["P4"])
            await until(lambda: route.capacity() == 2)


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


# ------------------------------------------------------------------------------------ names


class Names(trio.abc.HostnameResolver):
    """What the peer's name means now: addresses, or how its server fails. "slow": it does not answer."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.asked = addresses, 0

    async def getaddrinfo(self, host: Any, port: Any, *_: Any) -> Any:
        self.asked += 1
        if self.addresses == ("slow",):
            await trio.sleep_forever()
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "nobody knows it")
        return [
            socket.getaddrinfo(one, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0]
            for one in self.addresses
        ]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> Any:
        raise NotImplementedError


def dialler_of(bench: Bench, port: str, **more: object) -> Dialler:
    address = f"core.bank.example:{port}"
    conf = Dial.model_validate({"address": address, "style": "short", "connections": 1, **more})
    return Dialler("tiny", conf, bench.shared)


@pytest.mark.fault("C13", "a name that nobody knows: one try fails with its reason, the next one asks anew")
async def test_a_name_that_does_not_resolve_and_then_does() -> None:
    bench, names = Bench(), Names()
    trio.socket.set_custom_hostname_resolver(names)
    async with peer(confirm) as address:
        dialler = dialler_of(bench, address.rpartition(":")[2])
        for tries in (1, 2):
            with pytest.raises(WireBroken, match="name not resolved"):
                await dialler.dial()
            assert names.asked == tries
        names.addresses = ("127.0.0.1",)
        await (await dialler.dial()).close()


@pytest.mark.fault("C13", "a name server that does not answer: given up at the connection's deadline")
async def test_a_name_server_that_is_silent(autojump_clock: MockClock) -> None:
    trio.socket.set_custom_hostname_resolver(Names("slow"))
    began = trio.current_time()
    with pytest.raises(WireBroken, match="connect deadline"):
        await dialler_of(Bench(), "1", connect_seconds=5).dial()
    assert trio.current_time() - began == pytest.approx(5)


@pytest.mark.fault("C13", "a name that moves: the next connection goes to the new address")
async def test_a_name_that_changes() -> None:
    names = Names("127.0.0.1")
    trio.socket.set_custom_hostname_resolver(names)
    met: list[str] = []

    async def note(stream: trio.SocketStream) -> None:
        met.append(stream.socket.getsockname()[0])
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, note, 0, host="0.0.0.0"))
        dialler = dialler_of(Bench(), str(listeners[0].socket.getsockname()[1]))
        for address in ("127.0.0.1", "127.0.0.2"):
            names.addresses = (address,)
            await (await dialler.dial()).close()
            await until(lambda: met[-1:] == [address])  # noqa: B023 - waited for here
        nursery.cancel_scope.cancel()


@pytest.mark.fault("C13", "a peer with an IPv6 address only, and one whose IPv4 address does not answer")
@pytest.mark.parametrize("addresses", [("::1",), ("127.0.0.1", "::1")], ids=["alone", "beside a dead one"])
async def test_a_name_with_an_ipv6_address(addresses: tuple[str, ...]) -> None:
    try:
        (listener,) = await open_listeners("::1", 0, backlog=1)
    except OSError:
        pytest.skip("this machine has no IPv6")
    trio.socket.set_custom_hostname_resolver(Names(*addresses))
    try:
        await (await dialler_of(Bench(), str(listener.port)).dial()).close()
    finally:
        listener.close()


@pytest.mark.fault("C13", "a name that cannot be written is a peer not reached, no fault of the hub's")
async def test_a_name_that_is_none() -> None:
    conf = Dial.model_validate({"address": f"{'中' * 70}:1", "style": "short", "connections": 1})
    with pytest.raises(WireBroken, match="name not resolved"):
        await Dialler("tiny", conf, Bench().shared).dial()


@pytest.mark.fault("C13", "a kept line is dialled again until its name is known")
async def test_a_kept_line_waits_for_its_name(autojump_clock: MockClock) -> None:
    names = Names()
    trio.socket.set_custom_hostname_resolver(names)
    bench = Bench()
    keeper = Keeper(bench.system(), dialler_of(bench, "1"), bench.lines, bench.shared, Backoff(1, 10))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keeper.run)
        await trio.sleep(3600)
        keeper.stop()
    assert 300 <= names.asked <= 500  # after the first few every ten seconds, with jitter
    assert bench.counters.lines["tiny", "name not resolved"] == names.asked
