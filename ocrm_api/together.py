"""Single reads of many requests at once, as one statement.

A read from another machine takes a thread and a journey there and back, most of which is waiting and waking.
What is asked for while one is under way is asked for together next; alone, it is asked for at once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Key = TypeVar("Key")
Value = TypeVar("Value")


class Together(Generic[Key, Value]):
    """For one event loop. `read`, called in a thread with at most `most` keys, gives a value for each."""

    def __init__(self, read: Callable[[Sequence[Key]], Mapping[Key, Value]], *, most: int) -> None:
        self._read, self._most = read, most
        self._waiting: list[tuple[Key, asyncio.Future[Value]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def __call__(self, key: Key) -> Value:
        """Raises what `read` raises."""
        answered: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answered))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await answered

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(taken)
        finally:
            self._reading = None

    async def _answer(self, waiting: Sequence[tuple[Key, asyncio.Future[Value]]]) -> None:
        try:
            found = await run_in_threadpool(self._read, list(dict.fromkeys(key for key, _ in waiting)))
        except Exception as error:
            for _, answered in waiting:
                if not answered.done():  # who asked may have gone away meanwhile
                    answered.set_exception(error)
            return
        for key, answered in waiting:
            if not answered.done():
                answered.set_result(found[key])
