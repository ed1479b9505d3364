import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from ecif.messages import Reply
from ecif.store.errors import Crossed, StoreFailed, StoreFull, StoreLocked
from gateway.config.hub import Intake as IntakeConf
from gateway.intake.intake import Entry, Intake
from gateway.intake.writer import Turn, Writer
from gateway.limits.budget import Budget
from gateway.statistics import Counters
from tests.gateway.fakes import FakeService, image
from tests.gateway.inline import InlineWriter


@asynccontextmanager
async def running(
    service: FakeService, conf: IntakeConf | None = None, kind: type[Intake] = Intake, **more: object
) -> AsyncIterator[Intake]:
    intake = kind(
        service,
        InlineWriter(),
        conf or IntakeConf(),
        counters=Counters(),
        budget=Budget(1_000_000),
        **more,  # type: ignore[arg-type]
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        yield intake
        intake.close()


def into(codes: dict[str, str], name: str) -> Callable[[Reply], None]:
    return lambda reply: codes.__setitem__(name, reply.code)


async def submit_all(intake: Intake, names: list[str]) -> dict[str, str]:
    codes: dict[str, str] = {}
    for name in names:
        await intake.submit(image(name, customer=name), into(codes, name))
    await wait_all_tasks_blocked(0.02)
    return codes


async def test_a_lone_message_is_committed_at_once(autojump_clock: MockClock) -> None:
    service = FakeService()
    async with running(service) as intake:
        before = trio.current_time()
        assert await submit_all(intake, ["A"]) == {"A": "0000"}
        assert trio.current_time() == before
    assert service.batches == [["A"]]


async def test_what_comes_together_is_one_batch_answered_in_order() -> None:
    service, order = FakeService(), []
    async with running(service, IntakeConf(batch_messages=10)) as intake:
        for n in range(25):
            await intake.submit(image(f"M{n}"), lambda reply, n=n: order.append(n))
        await wait_all_tasks_blocked(0.02)
    assert order == list(range(25))
    assert [len(batch) for batch in service.batches] == [10, 10, 5]


async def test_bytes_close_a_batch_too() -> None:
    service = FakeService()
    async with running(service, IntakeConf(batch_bytes=6)) as intake:
        await submit_all(intake, ["A", "B", "C"])
    assert service.batches == [["A", "B"], ["C"]]


async def test_under_load_a_batch_waits_a_little_for_company(autojump_clock: MockClock) -> None:
    service = FakeService()
    async with running(service, IntakeConf(batch_milliseconds=5)) as intake:
        await submit_all(intake, [f"M{n}" for n in range(100)])
        codes: dict[str, str] = {}
        await intake.submit(image("first"), into(codes, "first"))
        await trio.sleep(0.003)
        await intake.submit(image("second"), into(codes, "second"))
        await trio.sleep(0.01)
    assert service.batches[-1] == ["first", "second"]


async def test_a_full_queue_makes_senders_wait() -> None:
    service, gate = FakeService(), trio.Event()

    class Gated(Intake):
        async def settle(self, batch: list[Entry], turn: Turn) -> None:
            await gate.wait()
            await super().settle(batch, turn)

    async with running(service, IntakeConf(queue_messages=2, batch_messages=1), Gated) as intake:
        submitted: list[int] = []

        async def sender() -> None:
            for n in range(6):
                await intake.submit(image(f"M{n}"), lambda reply: None)
                submitted.append(n)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(sender)
            await wait_all_tasks_blocked()
            assert len(submitted) < 6
            gate.set()
    assert len(submitted) == 6


@pytest.mark.fault("M5", "one that raises in a batch")
async def test_a_poison_message_is_split_out_and_the_rest_goes_through() -> None:
    service = FakeService(poison={"M13"})
    async with running(service) as intake:
        codes = await submit_all(intake, [f"M{n}" for n in range(40)])
    assert codes.pop("M13") == "9999"
    assert set(codes.values()) == {"0000"}
    assert len(codes) == 39
    (reason,) = service.set_asides
    assert reason.startswith("ValueError at fakes.py:")
    assert "name" not in reason


@pytest.mark.fault("D2", "locked")
@pytest.mark.parametrize("error", [StoreLocked("x"), Crossed("x")])
async def test_a_locked_store_is_tried_again(error: Exception, autojump_clock: MockClock) -> None:
    service = FakeService(trouble=[error, error])
    async with running(service) as intake:
        codes: dict[str, str] = {}
        await intake.submit(image("A"), into(codes, "A"))
        await trio.sleep(5)
    assert codes == {"A": "0000"}
    assert service.set_asides == []


@pytest.mark.fault("D3", "9002")
@pytest.mark.parametrize(
    ("errors", "code"),
    [([StoreLocked("x")] * 5, "9001"), ([StoreFull("x")], "9002"), ([StoreFailed("x")], "9002")],
)
async def test_store_trouble_is_answered_and_not_set_aside(
    errors: list[Exception], code: str, autojump_clock: MockClock
) -> None:
    service = FakeService(trouble=errors)
    async with running(service) as intake:
        codes: dict[str, str] = {}
        await intake.submit(image("A"), into(codes, "A"))
        await trio.sleep(30)
        assert codes == {"A": code}
    assert service.set_asides == []


async def test_a_later_image_does_not_overtake_one_that_was_sent_away(autojump_clock: MockClock) -> None:
    service, codes = FakeService(trouble=[StoreFull("x")]), {}
    async with running(service) as intake:
        for name, seq in (("first", 1), ("later", 2), ("first again", 1), ("later again", 2)):
            await intake.submit(image(name, seq=seq), into(codes, name))
            await trio.sleep(1)
    assert codes == {"first": "9002", "later": "9001", "first again": "0000", "later again": "0000"}


async def test_a_fault_in_one_connections_reply_spares_the_others() -> None:
    service, codes = FakeService(), {}

    def broken(reply: Reply) -> None:
        raise RuntimeError

    async with running(service) as intake:
        await intake.submit(image("A"), broken)
        await intake.submit(image("B"), into(codes, "B"))
        await wait_all_tasks_blocked(0.02)
    assert codes == {"B": "0000"}


async def test_replies_are_queued_before_delivery_is_woken() -> None:
    seen: list[str] = []
    async with running(FakeService(), committed=lambda: seen.append("woken")) as intake:
        await intake.submit(image("A"), lambda reply: seen.append("reply"))
        await wait_all_tasks_blocked(0.02)
    assert seen == ["reply", "woken"]


async def test_the_next_batch_waits_ready_and_is_told_after_the_first() -> None:
    go, order = threading.Event(), list[str]()
    service = FakeService(on_take_in=lambda batch: go.wait(30))
    intake = Intake(
        service,
        Writer(),
        IntakeConf(batch_messages=1),
        counters=Counters(),
        budget=Budget(1_000_000),
        committed=lambda: order.append("pushes"),
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        for name in "ABCD":
            await intake.submit(image(name, customer=name), partial(_note, order, name))
        await wait_all_tasks_blocked(0.02)
        assert intake.statistics()["queued"] == 2  # A is in the store, B is ready
        go.set()
        intake.close()
    assert order == ["A", "pushes", "B", "pushes", "C", "pushes", "D", "pushes"]


def _note(order: list[str], name: str, _: Reply) -> None:
    order.append(name)


async def test_two_batches_share_the_room_for_pushes() -> None:
    go = threading.Event()
    service = FakeService(on_take_in=lambda batch: go.wait(10))
    intake = Intake(
        service,
        Writer(),
        IntakeConf(batch_messages=1),
        counters=Counters(),
        budget=Budget(1_000_000),
        room=lambda: {"core": 10, "loan": 1},
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        for name in "AB":
            await intake.submit(image(name, customer=name), lambda reply: None)
        await wait_all_tasks_blocked(0.02)
        go.set()
        intake.close()
    assert service.rooms == [{"core": 5, "loan": 1}, {"core": 3, "loan": 0}]


async def test_what_is_ready_does_not_overtake_a_batch_that_failed() -> None:
    """A is locked out and tried again; B, a later image of the same customer, was ready all the time."""
    go, codes = threading.Event(), dict[str, str]()
    service = FakeService(on_take_in=lambda batch: go.wait(10), trouble=[StoreLocked("x")])
    conf = IntakeConf(batch_messages=1)
    intake = Intake(service, Writer(), conf, counters=Counters(), budget=Budget(1_000_000))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        for seq, name in enumerate("AB", 1):
            await intake.submit(image(name, seq=seq), into(codes, name))
        await wait_all_tasks_blocked(0.02)
        go.set()
        intake.close()
    assert codes == {"A": "0000", "B": "0000"}
    assert service.batches == [["A"], ["B"]]


async def test_closing_takes_what_is_queued() -> None:
    service = FakeService()
    async with running(service) as intake:
        await intake.submit(image("A"), lambda reply: None)
    assert service.batches == [["A"]]
    assert intake.statistics()["bytes_in_flight"] == 0


async def test_a_mutant_that_answers_first_can_take_its_place() -> None:
    """The crash test's mutant: `settle` is the one place where commit comes before reply."""
    order: list[str] = []

    class AnswersFirst(Intake):
        async def settle(self, batch: list[Entry], turn: Turn) -> None:
            for entry in batch:
                self.answer(entry, Reply("0000"))
            await self.committing.commit([entry.command for entry in batch], turn)

    service = FakeService(on_take_in=lambda batch: order.append("commit"))
    async with running(service, kind=AnswersFirst) as intake:
        await intake.submit(image("A"), lambda reply: order.append("reply"))
        await wait_all_tasks_blocked(0.02)
    assert order == ["reply", "commit"]
