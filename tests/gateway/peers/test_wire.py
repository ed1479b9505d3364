"""Lines from the bank system's side, against a hub of a few lines on loopback."""

from collections.abc import Awaitable, Callable

import trio

from formats.framing import BinaryLength, EndOfStream
from gateway.peers.wire import Door, Ear, Line, LongLines, call, listen

FRAMING = BinaryLength(kind="binary_length", size=4, limit=1000, keep_alive=True)


async def no_sign_on(line: Line) -> bool:
    return True


async def hub(answer: Callable[[Line, bytes], Awaitable[None]], nursery: trio.Nursery) -> Door:
    return Door("127.0.0.1", await nursery.start(listen, Ear("127.0.0.1", 0), FRAMING, answer))


async def echo(line: Line, body: bytes) -> None:
    await line.send(b"re: " + body)


async def hang_up(line: Line, body: bytes) -> None:
    await line.drop()


async def test_a_call_is_one_request_and_one_reply() -> None:
    async with trio.open_nursery() as nursery:
        assert await call(await hub(echo, nursery), FRAMING, b"hello", 5) == b"re: hello"
        nursery.cancel_scope.cancel()


async def test_a_call_may_end_with_the_stream() -> None:
    framing = EndOfStream(kind="end_of_stream", limit=1000)
    async with trio.open_nursery() as nursery:
        door = Door("127.0.0.1", await nursery.start(listen, Ear("127.0.0.1", 0), framing, echo))
        assert await call(door, framing, b"hello", 5) == b"re: hello"
        nursery.cancel_scope.cancel()


async def test_a_call_without_a_reply_gives_nothing() -> None:
    async with trio.open_nursery() as nursery:
        door = await hub(hang_up, nursery)
        assert await call(door, FRAMING, b"hello", 5) is None
        nursery.cancel_scope.cancel()
    assert await call(door, FRAMING, b"hello", 5) is None  # nobody listens any more


async def test_a_lost_line_is_opened_again_and_its_loss_is_told() -> None:
    seen: list[bytes] = []
    came, gone = trio.Event(), trio.Event()

    async def answer(line: Line, body: bytes) -> None:
        await (hang_up if body == b"drop me" else echo)(line, body)

    async def arrived(line: Line, body: bytes) -> None:
        await trio.lowlevel.checkpoint()
        seen.append(body)
        came.set()

    async with trio.open_nursery() as nursery:
        door = await hub(answer, nursery)
        lines = LongLines(door, FRAMING, 1, sign_on=no_sign_on, arrived=arrived, gone=lambda line: gone.set())
        nursery.start_soon(lines.run)
        with trio.fail_after(10):
            first = await lines.next_line()
            await first.send(b"drop me")
            await gone.wait()
            second = await lines.next_line()
            assert second is not first
            await second.send(b"")  # a keep-alive is no message
            await second.send(b"still there?")
            await came.wait()
        nursery.cancel_scope.cancel()
    assert seen == [b"re: still there?"]


async def test_a_line_that_is_not_signed_on_is_not_used() -> None:
    tries = 0
    enough = trio.Event()

    async def refused(line: Line) -> bool:
        nonlocal tries
        await trio.lowlevel.checkpoint()
        tries += 1
        if tries == 2:
            enough.set()
        return False

    async with trio.open_nursery() as nursery:
        door = await hub(echo, nursery)
        lines = LongLines(door, FRAMING, 1, sign_on=refused, arrived=echo, gone=lambda line: None)
        nursery.start_soon(lines.run)
        with trio.fail_after(10):
            await enough.wait()
        with trio.move_on_after(0.05) as waiting:
            await lines.next_line()
        assert waiting.cancelled_caught
        nursery.cancel_scope.cancel()
