import errno

import pytest
import trio
from trio.testing import MockClock

from gateway.accepting import accept_loop


class FakeListener:
    """Gives what it is told to, then waits."""

    def __init__(self, *results: OSError | str) -> None:
        self.results, self.calls = list(results), 0

    async def accept(self) -> object:
        self.calls += 1
        if not self.results:
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()
        result = self.results.pop(0)
        if isinstance(result, OSError):
            raise result
        return FakeStream(result)


class FakeStream(trio.abc.AsyncResource):
    closed: list[str] = []  # noqa: RUF012 - one list for all of them, emptied by the test

    def __init__(self, name: str) -> None:
        self.name = name

    async def aclose(self) -> None:
        self.closed.append(self.name)


@pytest.mark.fault("C11", "the accept loop out of descriptors")
async def test_out_of_descriptors_it_refuses_rests_and_recovers(autojump_clock: MockClock) -> None:
    FakeStream.closed.clear()
    out = OSError(errno.EMFILE, "out")
    listener = FakeListener(out, "refused", out, "refused too", "served")
    served: list[str] = []

    async def handle(stream: FakeStream) -> None:
        served.append(stream.name)

    async with trio.open_nursery() as nursery:
        began = trio.current_time()
        nursery.start_soon(accept_loop, listener, handle, nursery)
        await trio.sleep(5)
        assert served == ["served"]
        assert FakeStream.closed == ["refused", "refused too"]
        assert listener.calls == 6
        assert trio.current_time() - began < 6
        nursery.cancel_scope.cancel()


async def test_when_nobody_waits_it_does_not_spin(autojump_clock: MockClock) -> None:
    listener = FakeListener(*[OSError(errno.EMFILE, "out")] * 1000)

    async def handle(stream: FakeStream) -> None: ...

    async with trio.open_nursery() as nursery:
        nursery.start_soon(accept_loop, listener, handle, nursery)
        await trio.sleep(5)
        assert listener.calls < 200
        nursery.cancel_scope.cancel()


async def test_any_other_error_is_not_hidden() -> None:
    listener = FakeListener(OSError(errno.EINVAL, "closed"))

    async def handle(stream: FakeStream) -> None: ...

    async with trio.open_nursery() as nursery:
        with pytest.raises(OSError, match="closed"):
            await accept_loop(listener, handle, nursery)
