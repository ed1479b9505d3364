"""Short connections, both ways, on memory streams."""

from contextlib import suppress

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from formats.framing import EndOfStream
from gateway.config.hub import Limits
from gateway.config.transport import Listen
from gateway.exchanges import answer_one, ask_one
from gateway.limits.admission import Seat
from gateway.streams import Wire, WireBroken

from .tiny import Bench, frames, push, read_all

CONF = Listen(address="127.0.0.1:0", allow=(), style="short", connections=8, when_full="busy")


async def answer(bench: Bench, stream: trio.abc.Stream) -> None:
    wire = Wire(stream, peer="test", write_seconds=10)
    with suppress(WireBroken):
        await answer_one(wire, bench.system(), CONF, bench.shared, Seat(bench.places))


async def ask(bench: Bench, data: bytes) -> list[str]:
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(answer, bench, hub)
        await peer.send_all(data)
        return await read_all(peer)
    raise AssertionError


@pytest.mark.parametrize(
    ("data", "answers"),
    [
        (frames("C 1 A 1"), ["A 1 0000"]),
        (frames("", "C 1 A 1", "C 2 B 1"), ["A 1 0000"]),
        (frames("what"), ["A  1001"]),
        (frames("H 1"), ["h 1"]),
        (frames("R P1 0000"), []),
        (b"GET / HTTP/1.1\r\n\r\n", ["A - 1001"]),
    ],
)
async def test_one_request_one_reply_close(
    data: bytes, answers: list[str], autojump_clock: MockClock
) -> None:
    before = trio.current_time()
    assert await ask(Bench(), data) == answers
    assert trio.current_time() - before <= 1


async def test_a_request_may_end_with_the_stream(autojump_clock: MockClock) -> None:
    bench = Bench()
    bench.framing = EndOfStream(kind="end_of_stream", limit=200)
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(answer, bench, hub)
        await peer.send_all(b"C 1 ")
        await peer.send_all(b"A 1")
        await peer.send_eof()
        assert await peer.receive_some() == b"A 1 0000"
        assert await peer.receive_some() == b""


async def test_a_push_may_end_with_the_stream(autojump_clock: MockClock) -> None:
    bench = Bench()
    bench.framing = EndOfStream(kind="end_of_stream", limit=200)
    hub, peer = memory_stream_pair()

    async def receive_and_confirm() -> None:
        pushed = b""
        while data := await peer.receive_some():
            pushed += data
        assert pushed == b"P P1"
        await peer.send_all(b"R P1 0000")
        await peer.send_eof()

    async with bench.running() as sessions:
        sessions.start_soon(receive_and_confirm)
        wire = Wire(hub, peer="test", write_seconds=10)
        assert await ask_one(wire, push("P1"), bench.system(), bench.shared, 5)
    assert bench.settled == ["P1"]


async def test_a_full_house_is_told_after_the_request(autojump_clock: MockClock) -> None:
    bench = Bench()
    bench.places.limit = 0
    assert await ask(bench, frames("C 1 A 1")) == ["A 1 9001"]
    assert bench.service.batches == []


@pytest.mark.parametrize(("bytes_per_second", "seconds"), [(1, 10), (50, 5.16)])
async def test_a_request_that_does_not_come_is_given_up(
    bytes_per_second: int, seconds: float, autojump_clock: MockClock
) -> None:
    """At the least rate, or at the frame's deadline."""
    bench = Bench(limits=Limits(frame_seconds=10.0, frame_bytes_per_second=bytes_per_second))
    before = trio.current_time()
    assert await ask(bench, frames("C 1 A 1")[:-1]) == []
    assert trio.current_time() - before == pytest.approx(seconds)


async def test_stopping_does_not_wait_for_requests() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(answer, bench, hub)
        await trio.testing.wait_all_tasks_blocked()
        bench.shared.stop()
        assert await read_all(peer) == []


async def deliver(bench: Bench, data: bytes) -> bool:
    hub, peer = memory_stream_pair()
    wire = Wire(hub, peer="test", write_seconds=10)
    async with bench.running():
        await peer.send_all(data)
        await peer.send_eof()
        return await ask_one(wire, push("P1"), bench.system(), bench.shared, 5)
    raise AssertionError


async def test_a_reply_with_the_pushs_own_id_counts() -> None:
    bench = Bench()
    assert await deliver(bench, frames("R P1 0000"))
    assert bench.settled == ["P1"]


async def test_another_ids_reply_is_journalled_merely() -> None:
    bench = Bench()
    assert not await deliver(bench, frames("R P2 0000"))
    assert bench.settled == []
    assert bench.service.batches == [["P2"]]


@pytest.mark.parametrize("data", [b"", frames("R P1 0000")[:4], b"\xff\xff\xff"])
async def test_no_reply_is_no_delivery(data: bytes) -> None:
    with pytest.RaisesGroup(WireBroken, flatten_subgroups=True):
        await deliver(Bench(), data)
