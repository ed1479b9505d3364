"""Single reads of many requests: alone at once, together while one is under way."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest

from ocrm_api.together import Together


class Reads:
    """Reads that wait until they are let through."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.through = threading.Semaphore(0)
        self.fails = False

    def __call__(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.asked.append(list(keys))
        assert self.through.acquire(timeout=10)
        if self.fails:
            raise LookupError("away")
        return {key: f"value {key}" for key in keys}


@pytest.fixture
def reads() -> Reads:
    return Reads()


def play(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await act()

    asyncio.run(limited())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it comes true in another thread
        await asyncio.sleep(0.001)


def test_what_comes_meanwhile_is_read_together(reads: Reads) -> None:
    async def act() -> None:
        together = Together(reads, most=3)
        first = asyncio.create_task(together(1))
        await until(lambda: reads.asked == [[1]])
        others = [asyncio.create_task(together(key)) for key in (2, 3, 2, 4)]
        await asyncio.sleep(0)
        reads.through.release(3)
        assert await first == "value 1"
        assert await asyncio.gather(*others) == ["value 2", "value 3", "value 2", "value 4"]
        assert reads.asked == [[1], [2, 3], [4]]

    play(act)


def test_a_fault_is_told_to_those_who_shared_it(reads: Reads) -> None:
    async def act() -> None:
        together = Together(reads, most=3)
        reads.fails = True
        tasks = [asyncio.create_task(together(key)) for key in (1, 2)]
        await until(lambda: reads.asked == [[1, 2]])
        reads.through.release(1)
        assert [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == [
            LookupError
        ] * 2
        reads.fails = False
        reads.through.release(1)
        assert await together(1) == "value 1"

    play(act)


def test_who_goes_away_ends_nobodys_wait(reads: Reads) -> None:
    async def act() -> None:
        together = Together(reads, most=3)
        tasks = [asyncio.create_task(together(key)) for key in (1, 2)]
        await until(lambda: reads.asked == [[1, 2]])
        tasks[0].cancel()
        reads.through.release(1)
        assert await tasks[1] == "value 2"
        reads.through.release(1)
        assert await together(3) == "value 3"

    play(act)
