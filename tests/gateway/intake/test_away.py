"""The database is away: nothing is acknowledged, nothing more is read; it comes back, and all goes on."""

from collections.abc import Iterator

import pytest
import trio
from msgspec.structs import replace
from trio.testing import MockClock

from ecif.matching import Matching
from ecif.messages import Reply
from ecif.service import Service
from ecif.store.errors import StoreUnreachable
from ecif.store.store import Store, open_store
from ecif.survivorship import Rules
from gateway.clock import wall_clock
from gateway.config.hub import Intake as IntakeConf
from gateway.intake.intake import Intake
from gateway.intake.writer import Writer
from gateway.limits.budget import Budget
from gateway.statistics import Counters
from tests.databases import POSTGRESQL, Restarted
from tests.ecif.bank import TIERS, TRUST, three_systems
from tests.gateway.fakes import FakeService, image
from tests.gateway.intake.test_intake import into, running


class Away(FakeService):
    """Not to be reached until told."""

    there = False

    def take_in(self, batch, now, room):  # type: ignore[no-untyped-def]
        if not self.there:
            raise StoreUnreachable("away")
        return super().take_in(batch, now, room)

    def next_due(self, system: str, now: int) -> int | None:
        if not self.there:
            raise StoreUnreachable("away")
        return None


@pytest.mark.fault("D5", "9002, then no socket is read until it is back")
async def test_nothing_is_read_until_it_is_back(autojump_clock: MockClock) -> None:
    service = Away()
    codes: dict[str, str] = {}
    async with running(service) as intake:
        await intake.submit(image("A"), into(codes, "A"))
        await trio.sleep(1)
        assert (codes, intake.away, intake.statistics()["away"]) == ({"A": "9002"}, True, 1)
        with trio.move_on_after(60) as waited:
            await intake.submit(image("B"), into(codes, "B"))
        assert waited.cancelled_caught
        service.there = True
        with trio.fail_after(20):  # the cap, and its jitter
            await intake.submit(image("C"), into(codes, "C"))
        await trio.sleep(1)
        assert codes == {"A": "9002", "C": "0000"}
        assert not intake.away


async def test_it_ends_while_the_database_is_away(autojump_clock: MockClock) -> None:
    service, codes = Away(), {}
    with trio.fail_after(5):
        async with running(service, IntakeConf()) as intake:
            await intake.submit(image("A"), into(codes, "A"))
            await trio.sleep(1)
    assert codes == {"A": "9002"}


# ---------------------------------------------------------------- a real one


@pytest.fixture
def server() -> Iterator[Restarted]:
    server = Restarted()
    yield server
    server.close()


def parties(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM party").scalar_one())


async def ask(intake: Intake, name: str) -> str:
    """The reply's code. It waits while the hub reads nothing."""
    command, told, codes = image(name, customer=name), trio.Event(), list[str]()
    command = replace(command, envelope=replace(command.envelope, received_at=wall_clock()))

    def answered(reply: Reply) -> None:
        codes.append(reply.code)
        told.set()

    with trio.fail_after(60):
        await intake.submit(command, answered)
        await told.wait()
    return codes[0]


@pytest.mark.fault("D5", "a PostgreSQL that is killed and started again under a hub at work")
@pytest.mark.parametrize("kind", [POSTGRESQL])
async def test_a_database_that_dies_and_comes_back(kind: str, server: Restarted) -> None:
    store = open_store(server.url)
    service = Service(store, three_systems(), Rules.compiled(TRUST), Matching(TIERS))  # type: ignore[arg-type]
    intake = Intake(service, Writer(), IntakeConf(), counters=Counters(), budget=Budget(1_000_000))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        assert await ask(intake, "A") == "0000"
        await trio.to_thread.run_sync(server.stop)
        assert await ask(intake, "B") == "9002"
        assert intake.away
        await trio.to_thread.run_sync(server.start)
        assert await ask(intake, "B") == "0000"
        assert not intake.away
        intake.close()
    found = parties(store)
    store.close()
    assert found == 2
