from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from ecif.messages import Outgoing
from gateway.config.transport import Delivery as DeliveryConf
from gateway.delivery import Delivery
from gateway.quiet import QuietHours
from gateway.statistics import Counters

from .fakes import FakeService
from .inline import InlineWriter


@dataclass
class FakeRoute:
    room: int = 100
    sent: list[str] = field(default_factory=list)

    def capacity(self) -> int:
        return self.room

    def send(self, push: Outgoing) -> bool:
        self.sent.append(push.push_id)
        return True

    def closed(self, push_id: str) -> None: ...


def pushes(count: int) -> list[Outgoing]:
    return [Outgoing("core", f"C{n}", f"P{n}", b"", 1) for n in range(count)]


@asynccontextmanager
async def running(
    service: FakeService,
    route: FakeRoute,
    window: int = 4,
    quiet: QuietHours | None = None,
    *,
    batches: bool = False,
    shadow: bool = False,
    per_second: int | None = None,
    holds: Callable[[], bool] = lambda: True,
    jump: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Delivery]:
    conf = DeliveryConf(
        over="listen", window=window, reply_seconds=10.0, shadow=shadow, per_second=per_second
    )
    delivery = Delivery(
        "core",
        conf,
        route,
        service=service,
        writer=InlineWriter(),
        counters=Counters(),
        push_type="CP01",
        quiet=quiet,
        batches=lambda: batches,
        holds=holds,
        clock=lambda: int((trio.current_time() + jump()) * 1e6),
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(delivery.run)
        yield delivery
        delivery.stop()


async def test_only_the_window_is_open_until_replies_come(autojump_clock: MockClock) -> None:
    service, route = FakeService(due=pushes(10)), FakeRoute()
    async with running(service, route) as delivery:
        await trio.sleep(0.5)
        assert route.sent == ["P0", "P1", "P2", "P3"]
        delivery.settled("P1")
        await trio.sleep(0.1)
        assert route.sent[4:] == ["P4"]
        await trio.sleep(11)  # the others were not answered: the store decides when they come again
        assert len(route.sent) > 5


@pytest.mark.fault("O1", "what waited leaves at the rate that conf allows")
async def test_what_waits_leaves_at_its_pace(autojump_clock: MockClock) -> None:
    service, route = FakeService(due=pushes(100)), FakeRoute()
    async with running(service, route, window=1000, per_second=20):
        await trio.sleep(2)
        assert 38 <= len(route.sent) <= 42
        await trio.sleep(1)
        assert 58 <= len(route.sent) <= 62
        await trio.sleep(3)
        assert len(route.sent) == 100


async def test_without_a_line_nothing_is_taken(autojump_clock: MockClock) -> None:
    service, route = FakeService(due=pushes(3)), FakeRoute(room=0)
    async with running(service, route) as delivery:
        await trio.sleep(5)
        assert len(service.due) == 3
        route.room = 10
        delivery.wake()
        await trio.sleep(0.01)
        assert route.sent == ["P0", "P1", "P2"]


async def test_work_of_other_processes_is_seen_within_a_second(autojump_clock: MockClock) -> None:
    service, route = FakeService(), FakeRoute()
    async with running(service, route):
        await trio.sleep(10)
        service.due = pushes(1)
        await trio.sleep(1.01)
        assert route.sent == ["P0"]


async def test_pushes_of_a_dead_line_are_given_back(autojump_clock: MockClock) -> None:
    service, route = FakeService(due=pushes(2)), FakeRoute()
    async with running(service, route) as delivery:
        await trio.sleep(0.1)
        delivery.lost(["P0", "never sent"])
        await trio.sleep(0.1)
        assert service.lost == ["P0"]
        assert delivery.statistics()["open"] == 1


async def test_a_failing_store_does_not_end_delivery(autojump_clock: MockClock) -> None:
    class Failing(FakeService):
        def take_due(self, system: str, limit: int, now: int) -> list[Outgoing]:
            if self.trouble:
                raise self.trouble.pop()
            return super().take_due(system, limit, now)

    service, route = Failing(due=pushes(1), trouble=[OSError(), OSError()]), FakeRoute()
    async with running(service, route):
        await trio.sleep(20)
        assert route.sent == ["P0"]


async def test_in_quiet_hours_nothing_leaves(autojump_clock: MockClock) -> None:
    service, route = FakeService(due=pushes(3)), FakeRoute()
    minute = int(trio.current_time()) // 60 % (24 * 60)
    ends = f"{(minute + 2) // 60 % 24:02d}:{(minute + 2) % 60:02d}"
    begins = f"{minute // 60:02d}:{minute % 60:02d}"
    async with running(service, route, quiet=QuietHours([f"{begins}-{ends}"])):
        await trio.sleep(50)
        assert route.sent == []
        await trio.sleep(80)
        assert route.sent == ["P0", "P1", "P2"]


async def test_in_shadow_all_is_shown_and_nothing_leaves(autojump_clock: MockClock) -> None:
    """Also while the system is away: what would be sent does not ask for a line."""
    service, route = FakeService(due=pushes(600)), FakeRoute(room=0)
    async with running(service, route, shadow=True) as delivery:
        await trio.sleep(1)
        route.room = 10
        delivery.wake()
        await trio.sleep(1)
        assert len(service.shown) == 600
        assert route.sent == []
        assert delivery.room() == 0
        assert delivery.statistics()["shadow"] == 1


async def test_beside_batches_it_looks_itself_once_a_second(autojump_clock: MockClock) -> None:
    """The batches take along what is due; what they do not know of is still seen in time."""
    service, route = FakeService(), FakeRoute()
    async with running(service, route, batches=True) as delivery:
        await trio.sleep(0.5)
        service.due = pushes(1)
        delivery.wake()
        await trio.sleep(0.4)
        assert route.sent == []
        await trio.sleep(0.2)
        assert route.sent == ["P0"]


async def test_what_is_another_hubs_is_left_to_it(autojump_clock: MockClock) -> None:
    mine = [True]
    service, route = FakeService(), FakeRoute()
    async with running(service, route, holds=lambda: mine[0]) as delivery:
        service.due = pushes(2)
        delivery.wake()
        await trio.sleep(0.5)
        assert (route.sent, delivery.wants()) == (["P0", "P1"], True)
        mine[0] = False
        service.due = pushes(4)[2:]
        delivery.lost(["P0"])
        await trio.sleep(3)
        assert (delivery.room(), route.sent, service.lost) == (0, ["P0", "P1"], [])
        delivery.send(pushes(3)[2])
        assert route.sent == ["P0", "P1"], "committed just before the lease ended"
        mine[0] = True
        delivery.wake()
        await trio.sleep(0.5)
        assert route.sent == ["P0", "P1", "P2", "P3"]


@pytest.mark.fault("X3", "the wall clock jumps an hour: rounds and the window go by the other one")
@pytest.mark.parametrize("hours", [1, -1])
async def test_a_jump_of_the_wall_clock_neither_hurries_nor_stops_it(
    autojump_clock: MockClock, hours: int
) -> None:
    jump = [0.0]
    service, route = FakeService(), FakeRoute()
    async with running(service, route, jump=lambda: jump[0]) as delivery:
        service.due = pushes(4)
        delivery.wake()
        await trio.sleep(0.5)
        jump[0] = hours * 3600.0
        service.due = [Outgoing("core", "C9", "P9", b"", 1)]
        await trio.sleep(5)
        assert route.sent == ["P0", "P1", "P2", "P3"], "the window is full"
        await trio.sleep(6)
        assert route.sent == ["P0", "P1", "P2", "P3", "P9"], "as long as reply_seconds, not an hour"
