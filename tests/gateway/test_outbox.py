"""What waits to leave one line, and the task that exists only while something does."""

from typing import cast

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gateway.outbox import Outbox
from gateway.streams import Wire, WireBroken


class SlowWire:
    """Takes nothing at once, and the rest when it is told to."""

    def __init__(self, at_once: int = 0) -> None:
        self.at_once, self.sent = at_once, list[bytes]()
        self.go = trio.Event()

    def send_at_once(self, data: bytes) -> int:
        return min(self.at_once, len(data))

    async def send(self, data: bytes) -> None:
        await self.go.wait()
        if data == b"break":
            raise WireBroken("reset")
        self.sent.append(data)


class Bench:
    def __init__(self, wire: SlowWire, tasks: trio.Nursery | None = None) -> None:
        self.begun = self.said = 0
        self._tasks = tasks
        self.outbox = Outbox(cast(Wire, wire), sent=self._sent, begin=self._begin)

    def _begin(self) -> None:
        self.begun += 1
        if self._tasks is not None:
            self._tasks.start_soon(self.outbox.run)

    def _sent(self) -> None:
        self.said += 1


async def test_what_the_kernel_takes_needs_no_task() -> None:
    bench = Bench(SlowWire(at_once=100))
    bench.outbox.put(b"reply", last=True)
    assert (bench.begun, bench.said, bench.outbox.size) == (0, 1, 0)


async def test_what_waits_leaves_in_one_send_and_order_and_the_task_ends() -> None:
    wire = SlowWire(at_once=2)
    async with trio.open_nursery() as tasks:
        bench = Bench(wire, tasks)
        bench.outbox.put(b"first", last=True)
        await wait_all_tasks_blocked()
        bench.outbox.put(b"second", last=True)
        bench.outbox.put(b"third")
        assert bench.begun == 1
        wire.go.set()
    assert wire.sent == [b"rst", b"secondthird"]
    assert bench.outbox.size == 0
    async with trio.open_nursery() as tasks:
        bench._tasks = tasks
        bench.outbox.put(b"later")
    assert wire.sent[-1] == b"later"
    assert bench.begun == 2


async def test_after_a_break_nothing_begins_again() -> None:
    wire = SlowWire()
    wire.go.set()
    bench = Bench(wire)
    bench.outbox.put(b"break")
    with pytest.raises(WireBroken):
        await bench.outbox.run()
    bench.outbox.put(b"more")
    assert bench.begun == 1
    assert wire.sent == []
