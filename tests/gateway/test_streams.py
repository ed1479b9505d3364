import pytest
import trio
from trio.testing import MockClock, memory_stream_one_way_pair, memory_stream_pair, wait_all_tasks_blocked

from gateway.streams import Wire, WireBroken


async def test_bytes_and_the_end() -> None:
    near, far = memory_stream_pair()
    wire = Wire(near, peer="x", write_seconds=1)
    await far.send_all(b"abc")
    assert await wire.receive() == b"abc"
    await far.send_eof()
    assert await wire.receive() == b""
    await wire.send(b"still")
    assert await far.receive_some() == b"still"


@pytest.mark.fault("X7", "a send cancelled in the middle")
async def test_a_cancelled_send_poisons_the_wire() -> None:
    near, _far = _stuck_pair()
    wire = Wire(near, peer="x", write_seconds=100)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.send, b"half")
            await wait_all_tasks_blocked()
            scope.cancel()
    with pytest.raises(WireBroken, match="interrupted send"):
        await wire.send(b"more")
    await wire.close()


async def test_a_peer_that_never_reads_meets_the_write_deadline(autojump_clock: MockClock) -> None:
    near, _far = _stuck_pair()
    wire = Wire(near, peer="x", write_seconds=10)
    with pytest.raises(WireBroken, match="write deadline"):
        await wire.send(b"x")
    assert trio.current_time() - autojump_clock.current_time() == 0
    with pytest.raises(WireBroken, match="write deadline"):
        await wire.send(b"x")


async def test_a_broken_wire_has_a_reason() -> None:
    near, far = memory_stream_pair()
    await far.aclose()
    with pytest.raises(WireBroken, match="reset"):
        await Wire(near, peer="x", write_seconds=1).send(b"x")


async def test_parting_reads_what_still_comes(autojump_clock: MockClock) -> None:
    near, far = memory_stream_pair()
    wire = Wire(near, peer="x", write_seconds=1)
    await far.send_all(b"unread")
    await wire.part(5)
    assert await far.receive_some() == b""


def _stuck_pair() -> tuple[trio.abc.Stream, trio.abc.ReceiveStream]:
    """A stream whose sends never end, as to a peer that does not read."""

    async def never() -> None:
        await trio.sleep_forever()

    send, receive = memory_stream_one_way_pair()
    send.send_all_hook = never
    _, silent = memory_stream_one_way_pair()
    return trio.StapledStream(send, silent), receive
