"""When the hub asks for its leases, and what it may send between two answers."""

from collections.abc import Collection, Sequence

import pytest
import trio
from trio.testing import MockClock

from ecif.leases import SECOND, Tenancy
from ecif.store.errors import StoreUnreachable
from gateway.leasing import Leasing

from .inline import InlineWriter

LASTS = 9.0


class Store:
    """Gives what is wanted, unless another hub has it."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, list[str]]] = []
        self.others: set[str] = set()
        self.away = False
        self.slow = 0.0

    def keep_leases(self, wanted: Collection[str]) -> Sequence[Tenancy]:
        if self.away:
            raise StoreUnreachable("away")
        self.asked.append((trio.current_time(), sorted(wanted)))
        return [
            Tenancy(system, "b" if system in self.others else "a", 1, int(LASTS * SECOND),
                    system not in self.others)
            for system in sorted({*wanted, *self.others})
        ]  # fmt: skip


class Rig:
    def __init__(self, *wanted: str) -> None:
        self.store, self.wanted, self.changes = Store(), set(wanted), list[str]()
        self.writer = InlineWriter()
        self.leasing = Leasing(
            self.store,
            self.writer,
            lease_seconds=LASTS,
            poll_seconds=1.0,
            wants=lambda: self.wanted,
            changed=self.changes.append,
        )


async def test_it_asks_when_something_changes_and_when_a_third_is_over(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    rig = Rig()
    nursery.start_soon(rig.leasing.run)
    await trio.sleep(2.5)
    assert not rig.leasing.holds("core")
    rig.wanted.add("core")
    rig.leasing.wake("core")
    await trio.sleep(0.2)
    assert (rig.leasing.holds("core"), rig.changes) == (True, ["core"])
    before = len(rig.store.asked)
    await trio.sleep(LASTS * 2)
    assert rig.leasing.holds("core")
    assert 5 <= len(rig.store.asked) - before <= 7
    rig.wanted.clear()
    await trio.sleep(1.1)
    assert (rig.store.asked[-1][1], rig.leasing.holds("core"), rig.changes) == ([], False, ["core"] * 2)


async def test_what_another_has_is_asked_for_every_second(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    rig = Rig("core")
    rig.store.others.add("core")
    nursery.start_soon(rig.leasing.run)
    await trio.sleep(10.5)
    assert (rig.leasing.holds("core"), rig.changes) == (False, [])
    assert 10 <= len(rig.store.asked) <= 12
    rig.store.others.clear()
    await trio.sleep(1.1)
    assert (rig.leasing.holds("core"), rig.changes) == (True, ["core"])


@pytest.mark.fault("H3", "cut off, it sends nothing after its lease, whatever it still hears from peers")
async def test_cut_off_it_is_over_here_by_itself(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    rig = Rig("core")
    nursery.start_soon(rig.leasing.run)
    await trio.sleep(0.5)
    rig.store.away = True
    await trio.sleep(LASTS * 2 / 3 - 1)
    assert rig.leasing.holds("core")
    await trio.sleep(LASTS / 3 + 2)
    assert (rig.leasing.holds("core"), rig.changes) == (False, ["core", "core"])
    rig.store.away = False
    await trio.sleep(1.1)
    assert rig.leasing.holds("core")


async def test_a_database_that_says_nothing_is_late(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    async def busy(*, task_status: trio.TaskStatus[None]) -> None:
        async with rig.writer.turn():
            task_status.started()
            await trio.sleep(LASTS + 2)

    rig = Rig("core")
    await nursery.start(busy)
    nursery.start_soon(rig.leasing.run)
    await trio.sleep(LASTS - 0.5)
    assert not rig.leasing.late
    await trio.sleep(1)
    assert rig.leasing.late
    await trio.sleep(2)
    assert (rig.leasing.late, rig.leasing.holds("core")) == (False, True)


async def test_at_the_end_all_of_it_is_given_up(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    rig = Rig("core", "loan")
    nursery.start_soon(rig.leasing.run)
    await trio.sleep(0.5)
    rig.leasing.stop()
    await rig.leasing.give_up()
    assert rig.store.asked[-1][1] == []
    assert not rig.leasing.holds("core")
