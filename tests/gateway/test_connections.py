"""A line's life on memory streams and a mock clock."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from adapters.session import Beats
from adapters.session import Limits as SessionLimits
from gateway.config.hub import Limits

from .tiny import Bench, TinyDialect, frames, push, read_all, read_some

REQUESTS = frames("C 1 A 1", "H x", "", "C 2 B 1", "nonsense", "C 3 A 2")
REPLIES = {"A 1 0000", "h x", "A 2 0000", "A  1001", "A 3 0000"}


async def talk(data: bytes, *pieces: int) -> set[str]:
    """Send `data` cut at these offsets, half-close, and give all that came back."""
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        for begin, end in zip((0, *pieces), (*pieces, len(data)), strict=True):
            await peer.send_all(data[begin:end])
            await wait_all_tasks_blocked()
        await peer.send_eof()
        replies = await read_all(peer)
    assert bench.budget.taken == 0
    assert bench.counters.lines["tiny", "peer closed"] == 1
    return set(replies)


async def test_whole_is_answered() -> None:
    assert await talk(REQUESTS) == REPLIES


@pytest.mark.parametrize("cut", range(1, len(REQUESTS)))
async def test_a_cut_at_any_byte_changes_nothing(cut: int) -> None:
    assert await talk(REQUESTS, cut) == REPLIES


async def test_byte_by_byte_changes_nothing() -> None:
    assert await talk(REQUESTS, *range(1, len(REQUESTS))) == REPLIES


async def test_replies_come_in_the_order_of_commits() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames(*(f"C {n} A {n}" for n in range(600))))
        await peer.send_eof()
        assert await read_all(peer) == [f"A {n} 0000" for n in range(600)]


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01", b"\xff\xff\xff"])
async def test_a_bad_length_is_answered_and_the_line_closed(
    garbage: bytes, autojump_clock: MockClock
) -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames("C 1 A 1") + garbage)
        before = trio.current_time()
        assert sorted(await read_all(peer)) == ["A - 1001", "A 1 0000"]
        assert trio.current_time() - before < 1
    assert bench.counters.lines["tiny", "bad length"] == 1


@pytest.mark.fault("B2", "a frame dripping byte by byte")
async def test_a_dripping_frame_meets_its_deadline(autojump_clock: MockClock) -> None:
    bench = Bench(limits=Limits(frame_seconds=10.0))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        before = trio.current_time()
        with suppress(trio.BrokenResourceError):
            for byte in frames("C 1 " + "A" * 100):
                await peer.send_all(bytes([byte]))
                await trio.sleep(9)
        assert trio.current_time() - before < 30
    assert bench.counters.lines["tiny", "frame deadline"] == 1
    assert bench.budget.taken == 0


@pytest.mark.fault("B2", "a frame below the least rate is not waited for to its deadline, one above it is")
@pytest.mark.parametrize(("bytes_per_second", "seconds"), [(1, 6), (4, 8), (12, 10)])
async def test_a_frame_has_a_least_rate(
    bytes_per_second: int, seconds: int, autojump_clock: MockClock
) -> None:
    """Of 10 bytes a second, from half of its 10 seconds on."""
    bench = Bench(limits=Limits(frame_seconds=10.0, frame_bytes_per_second=10))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        before = trio.current_time()
        data = frames("C 1 " + "A" * 180)
        with suppress(trio.BrokenResourceError):
            for start in range(0, len(data), bytes_per_second):
                await peer.send_all(data[start : start + bytes_per_second])
                await trio.sleep(1)
        assert seconds - 1 <= trio.current_time() - before <= seconds + 2
    assert bench.counters.lines["tiny", "frame deadline"] == 1


@pytest.mark.fault("B2", "a stream whose every read ends inside another frame is no drip")
async def test_each_frame_has_a_deadline_of_its_own(autojump_clock: MockClock) -> None:
    bench = Bench(limits=Limits(frame_seconds=10.0, frame_bytes_per_second=1))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        data = frames(*(f"C {n} A {n}" for n in range(10)))
        size = len(data) // 10
        for n in range(10):
            begin = n * size - 3 if n else 0
            await peer.send_all(data[begin : (n + 1) * size - 3])
            await trio.sleep(8)
        await peer.send_all(data[10 * size - 3 :])
        assert await read_some(peer, 10) == [f"A {n} 0000" for n in range(10)]
        await peer.aclose()


@pytest.mark.fault("B2", "time in which the hub itself does not read is not the peer's")
async def test_a_frame_has_its_time_though_the_hub_was_busy(autojump_clock: MockClock) -> None:
    bench = Bench(limits=Limits(frame_seconds=10.0, bytes_in_flight=1000))
    hub, peer = memory_stream_pair()
    bench.budget.hold(1000)
    await bench.budget.wait_more("another reader")
    async with bench.running() as sessions:
        bench.budget.give_back(1)
        sessions.start_soon(bench.line(hub).run)
        data = frames("C 1 A 1")
        await peer.send_all(data[:5])
        await trio.sleep(60)
        await peer.send_all(data[5:])
        await trio.sleep(60)
        bench.budget.give_back(999)
        assert await read_some(peer, 1) == ["A 1 0000"]
        await peer.aclose()


async def test_an_idle_line_has_no_frame_deadline(autojump_clock: MockClock) -> None:
    bench = Bench(limits=Limits(frame_seconds=10.0, frame_bytes_per_second=1))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        for n in range(3):
            await peer.send_all(frames(f"C {n} A {n}")[:5])
            await trio.sleep(8)
            await peer.send_all(frames(f"C {n} A {n}")[5:])
            assert await read_some(peer, 1) == [f"A {n} 0000"]
            await trio.sleep(1000)
        await peer.aclose()


@pytest.mark.fault("C1", "FIN inside a frame")
async def test_the_end_inside_a_frame_is_counted() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames("C 1 A 1")[:-1])
        await peer.send_eof()
        assert await read_all(peer) == []
    assert bench.counters.lines["tiny", "closed inside a frame"] == 1
    assert bench.service.batches == []


async def test_silence_closes(autojump_clock: MockClock) -> None:
    bench = Bench()
    bench.session_limits = SessionLimits(silence_seconds=90)
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        before = trio.current_time()
        for _ in range(3):
            await trio.sleep(80)
            await peer.send_all(frames(""))
        await read_all(peer)
        assert trio.current_time() - before == pytest.approx(240 + 90)
    assert bench.counters.lines["tiny", "silence deadline"] == 1


@pytest.mark.fault("P2", "missed heartbeats")
async def test_heartbeats_are_sent_and_missed_ones_close(autojump_clock: MockClock) -> None:
    bench = Bench()
    bench.session_limits = SessionLimits(beats=Beats(20, 2))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        assert await read_some(peer, 1) == ["H hub"]
        await peer.send_all(frames("h hub"))
        before = trio.current_time()
        assert await read_all(peer) == ["H hub", "H hub"]
        assert 55 <= trio.current_time() - before <= 65
    assert bench.counters.lines["tiny", "heartbeat deadline"] == 1


SIGN_ON = SimpleNamespace(type="S")


async def test_only_a_sign_on_opens_the_line() -> None:
    bench = Bench(dialect=TinyDialect(sign_on=SIGN_ON))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await wait_all_tasks_blocked()
        assert bench.lines.capacity() == 0
        await peer.send_all(frames("S 1 good", "C 2 A 1"))
        assert await read_some(peer, 2) == ["A 1 0000", "A 2 0000"]
        assert bench.lines.capacity() > 0
        await peer.send_eof()


async def test_heartbeats_begin_with_the_sign_on(autojump_clock: MockClock) -> None:
    bench = Bench(dialect=TinyDialect(sign_on=SIGN_ON))
    bench.session_limits = SessionLimits(sign_on_seconds=50, beats=Beats(2, 2))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        before = trio.current_time()
        await peer.send_all(frames("S 1 good"))
        assert await read_all(peer) == ["A 1 0000", "H hub", "H hub"]
        assert trio.current_time() - before == pytest.approx(6)


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (("C 1 A 1", "C 2 A 2"), ["A 1 1005"]),
        (("H 1",), ["A 1 1005"]),
        (("S 1 bad", "C 2 A 1"), ["A 1 1005"]),
    ],
)
async def test_without_one_the_line_is_refused_and_closed(sent: tuple[str, ...], answers: list[str]) -> None:
    bench = Bench(dialect=TinyDialect(sign_on=SIGN_ON))
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames(*sent))
        assert await read_all(peer) == answers
    assert bench.counters.lines["tiny", "refused"] == 1


async def test_no_sign_on_in_time(autojump_clock: MockClock) -> None:
    bench = Bench(dialect=TinyDialect(sign_on=SIGN_ON))
    bench.session_limits = SessionLimits(sign_on_seconds=5)
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        before = trio.current_time()
        assert await read_all(peer) == []
        assert trio.current_time() - before == pytest.approx(5)


async def test_one_connection_too_many_is_told_when_it_asks() -> None:
    bench = Bench()
    bench.places.limit = 0
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames("C 1 A 1", "C 2 A 2"))
        assert await read_all(peer) == ["A 1 9001"]
    assert bench.service.batches == []


@pytest.mark.fault("X6", "a handler that raises")
async def test_a_handlers_fault_ends_only_its_connection() -> None:
    bench = Bench(dialect=TinyDialect(fault_on="boom"))
    (hub_a, peer_a), (hub_b, peer_b) = memory_stream_pair(), memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub_a).run)
        sessions.start_soon(bench.line(hub_b).run)
        await peer_a.send_all(frames("C 1 boom 1"))
        assert await read_all(peer_a) == []
        await peer_b.send_all(frames("C 2 B 1"))
        assert await read_some(peer_b, 1) == ["A 2 0000"]
        await peer_b.aclose()
    assert bench.counters.lines["tiny", "fault"] == 1


@pytest.mark.fault("C5", "a peer that never reads")
async def test_a_peer_that_does_not_read_is_closed(autojump_clock: MockClock) -> None:
    bench = Bench(limits=Limits(write_seconds=10.0))
    hub, peer = memory_stream_pair()

    async def never() -> None:
        await trio.sleep_forever()

    hub.send_stream.send_all_hook = never
    async with bench.running() as sessions:
        before = trio.current_time()
        sessions.start_soon(bench.line(hub).run)
        for n in range(3000):
            try:
                await peer.send_all(frames(f"C {n} A {n}"))
            except trio.BrokenResourceError:
                break
        await trio.sleep(11)
        assert len(bench.lines) == 0
        assert trio.current_time() - before < 15
    assert bench.counters.lines["tiny", "write deadline"] == 1


async def test_pushes_leave_after_the_replies_before_them() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub).run)
        await peer.send_all(frames("C 1 C1 1"))
        await wait_all_tasks_blocked(0.01)
        assert bench.lines.send(push("P1"))
        assert await read_some(peer, 2) == ["A 1 0000", "P P1"]
        await peer.send_all(frames("R P1 0000"))
        await wait_all_tasks_blocked(0.01)
        assert bench.settled == ["P1"]
        await peer.send_eof()


async def test_a_push_reply_on_a_foreign_line_does_not_count() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        sessions.start_soon(bench.line(hub, pushes=False).run)
        await peer.send_all(frames("R P1 0000"))
        await peer.send_eof()
        await read_all(peer)
    assert bench.settled == [""]
    assert bench.service.batches == [["P1"]]


async def test_stopping_answers_what_was_taken_in() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    async with bench.running() as sessions:
        line = bench.line(hub)
        sessions.start_soon(line.run)
        await peer.send_all(frames("C 1 A 1"))
        await wait_all_tasks_blocked()
        line.finish("stopping")
        assert await read_all(peer) == ["A 1 0000"]
    assert bench.counters.lines["tiny", "stopping"] == 1


async def test_a_reply_for_a_line_that_is_gone_goes_nowhere() -> None:
    bench = Bench()
    hub, peer = memory_stream_pair()
    line = bench.line(hub)
    async with bench.running() as sessions:
        sessions.start_soon(line.run)
        await peer.aclose()
    line.push(push("P1"))
    assert line.reason == "peer closed"
