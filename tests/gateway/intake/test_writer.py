"""Turns at the store: one transaction at a time, the next one ready, none passes one that failed."""

import threading
from functools import partial

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from ecif.store.errors import StoreLocked, StoreUnreachable
from gateway.intake.writer import Overtaking, Turn, Writer


class Store:
    """Each transaction waits until it is let go, and must be the only one."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go: dict[str, threading.Event] = {name: threading.Event() for name in "ABC"}
        self._one = threading.Lock()

    def make(self, name: str) -> str:
        assert self._one.acquire(blocking=False), "two transactions at once"
        self.begun.append(name)
        try:
            assert self.go[name].wait(30)
            return name
        finally:
            self._one.release()

    def fail(self, name: str) -> str:
        self.make(name)
        raise StoreLocked("x")


async def until(condition: object) -> None:
    with trio.fail_after(30):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - threads have no events of trio's
            await trio.sleep(0.001)


async def test_the_next_one_begins_while_the_event_loop_is_busy() -> None:
    writer, store = Writer(), Store()

    async def turn(name: str) -> None:
        async with writer.next_turn() as mine:
            await mine.run(store.make, name)

    async with trio.open_nursery() as nursery:
        for name in "AB":
            nursery.start_soon(turn, name)
            await wait_all_tasks_blocked(0.01)
        store.go["A"].set()
        seen = threading.Event()
        watch = threading.Thread(target=lambda: (_wait(store, "B"), seen.set()))
        watch.start()
        assert seen.wait(30)  # the event loop stands still here
        watch.join()
        store.go["B"].set()
    assert store.begun == ["A", "B"]


def _wait(store: Store, name: str) -> None:
    while name not in store.begun:
        threading.Event().wait(0.001)


async def test_no_more_than_two_have_a_place() -> None:
    writer, store = Writer(), Store()
    cut: list[str] = []

    async def turn(name: str) -> None:
        async with writer.next_turn() as mine:
            cut.append(name)
            await mine.run(store.make, name)

    async with trio.open_nursery() as nursery:
        for name in "ABC":
            nursery.start_soon(turn, name)
            await wait_all_tasks_blocked(0.01)
        assert cut == ["A", "B"]
        store.go["A"].set()
        await until(lambda: cut == ["A", "B", "C"])
        store.go["B"].set()
        store.go["C"].set()


async def test_what_follows_is_done_in_the_same_order() -> None:
    writer, told = Writer(), list[str]()
    slow = trio.Event()

    async def turn(name: str) -> None:
        async with writer.next_turn() as mine:
            await mine.run(str)
            await mine.stored()
            if name == "A":
                await slow.wait()
            told.append(name)

    async with trio.open_nursery() as nursery:
        for name in "ABC":
            nursery.start_soon(turn, name)
            await wait_all_tasks_blocked(0.01)
        assert told == []
        slow.set()
    assert told == ["A", "B", "C"]


async def test_a_whole_turn_begins_when_what_follows_from_the_one_before_is_done() -> None:
    writer, order = Writer(), list[str]()
    slow = trio.Event()

    async def before() -> None:
        async with writer.next_turn() as mine:
            await mine.run(str)
            await mine.stored()
            await slow.wait()
            order.append("before")

    async def after() -> None:
        async with writer.turn():
            order.append("after")

    async with trio.open_nursery() as nursery:
        for each in (before, after):
            nursery.start_soon(each)
            await wait_all_tasks_blocked(0.01)
        assert order == []
        slow.set()
    assert order == ["before", "after"]


async def test_nothing_passes_one_that_failed_until_it_is_over() -> None:
    writer, store, order = Writer(), Store(), list[str]()

    async def stubborn() -> None:
        async with writer.next_turn() as mine:
            with pytest.raises(StoreLocked):
                await mine.run(store.fail, "A")
            await wait_all_tasks_blocked(0.02)  # the other one has found out
            order.append(await mine.run(str, "A again"))

    async def behind() -> None:
        async with writer.next_turn() as mine:
            with pytest.raises(Overtaking):
                await mine.run(store.make, "B")
            order.append("B waits")
            await mine.first()
            store.go["B"].set()
            order.append(await mine.run(store.make, "B"))

    async with trio.open_nursery() as nursery:
        for each in (stubborn, behind):
            nursery.start_soon(each)
            await wait_all_tasks_blocked(0.01)
        store.go["A"].set()
    assert order == ["B waits", "A again", "B"]
    assert store.begun == ["A", "B"]


async def test_a_turn_may_be_left_undone() -> None:
    writer = Writer()
    async with writer.turn():
        pass
    async with writer.turn() as mine:
        assert await mine.run(str, "A") == "A"
        await mine.stored()


async def test_no_turn_keeps_those_that_were_before() -> None:
    writer, turns = Writer(), list[Turn]()
    for _ in range(5):
        async with writer.turn() as mine:
            await mine.run(str)
            turns.append(mine)
    assert [turn.before for turn in turns] == [None] * 5


async def test_a_turn_has_one_transaction() -> None:
    async with Writer().turn() as mine:
        await mine.run(str)
        with pytest.raises(AssertionError):
            await mine.run(str)


async def test_who_cannot_reach_the_database_says_so() -> None:
    def away() -> None:
        raise StoreUnreachable("away")

    writer, said = Writer(), list[str]()
    writer.unreachable = partial(said.append, "away")
    async with writer.turn() as mine:
        with pytest.raises(StoreUnreachable):
            await mine.run(away)
    assert said == ["away"]
