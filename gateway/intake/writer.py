"""One transaction at a time, in the order they were asked for; the next one is ready before the last is told.

    turn 1   |----- store -----|- replies, pushes -|
    turn 2      gathers, waits |----- store -----|- replies, pushes -|
    turn 3                       gathers, waits  |----- store -----|- …

Two turns have a place at the store: the one whose transaction is made, and the next. That one waits in a
thread and not in the event loop, which is busy with sockets for many milliseconds at a time, while the store
would have nothing to do. What follows from a turn is done in the event loop before what follows from the
next: replies are queued before delivery can take the pushes they caused.

A transaction that fails is tried again by its own turn, or split, or given up. Nothing may pass it meanwhile,
or a customer's later image would overtake the earlier one: a turn that was ready finds that out before
anything of it is done (`Overtaking`), and waits until the other one is over (`first`).
"""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import trio

from ecif.store.errors import StoreUnreachable

T = TypeVar("T")

PLACES: Final = 2


class Overtaking(Exception):
    """The transaction before this one has failed, and its turn is not over. Nothing was done."""


class Writer:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._places = trio.Semaphore(PLACES, max_value=PLACES)
        self._threads = trio.CapacityLimiter(PLACES)
        self._last: Turn | None = None
        self.unreachable: Callable[[], None] = lambda: None
        """Called whenever the database cannot be reached, whoever asked it."""

    @asynccontextmanager
    async def turn(self) -> "AsyncIterator[Turn]":
        """As soon as all that was before is done."""
        async with self.next_turn() as turn:
            await turn.first()
            yield turn

    @asynccontextmanager
    async def next_turn(self) -> "AsyncIterator[Turn]":
        """As soon as no more than one other has its turn; `run` may raise Overtaking."""
        await self._places.acquire()
        turn = self._last = Turn(self, self._last)
        try:
            yield turn
        finally:
            turn.leave()

    async def call(self, turn: "Turn", transaction: Callable[[], T]) -> T:
        """In a thread. A call once begun ends, also when this task is cancelled."""
        return await trio.to_thread.run_sync(turn.carry_out, transaction, limiter=self._threads)

    def left(self) -> None:
        """A place is free."""
        self._places.release()


class Turn:
    """A place at the store: one transaction, and as many more as it takes when that fails."""

    def __init__(self, writer: Writer, before: "Turn | None") -> None:
        self._writer, self._before = writer, before
        self._tried = threading.Event()
        """Its first transaction is made or has failed, or there will be none."""
        self._failed = False
        self._over, self._told = trio.Event(), trio.Event()
        """Its transactions are over; what follows from them has been done."""
        self._begun = self._ended = trio.current_time()

    @property
    def tried(self) -> bool:
        return self._tried.is_set()

    @property
    def before(self) -> "Turn | None":
        return self._before

    @property
    def seconds(self) -> float:
        """How long its transactions took, without the one before; of a turn that is stored."""
        began = self._begun if self._before is None else max(self._begun, self._before._ended)
        return self._ended - began

    async def first(self) -> None:
        """Until all that was before is done, and what follows from it."""
        turn = self._before
        while turn is not None:
            await turn._told.wait()
            turn = turn._before

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Make this transaction, after the one before. Raises Overtaking, and what the function raises."""
        assert self._failed or not self.tried, "a turn has one transaction, unless it fails"
        try:
            return await self._writer.call(self, partial(function, *arguments))
        except StoreUnreachable:
            self._writer.unreachable()
            raise

    def carry_out(self, transaction: Callable[[], T]) -> T:
        """In the thread: waits there for the turn before."""
        if self._before is not None:
            self._before._tried.wait()
            if self._before._failed and not self._before._over.is_set():
                raise Overtaking
        try:
            return transaction()
        except BaseException:
            self._failed = True
            raise
        finally:
            self._tried.set()

    async def stored(self) -> None:
        """Its transactions are over, what follows from them is not: the next turn but one may gather."""
        self._end()
        await self.first()
        await trio.lowlevel.checkpoint()

    def leave(self) -> None:
        """All is done."""
        if not self._over.is_set():
            self._end()
        if self._before is not None and self._before._told.is_set():
            self._before = None  # or each would hold all that ever were
        self._told.set()

    def _end(self) -> None:
        self._ended = trio.current_time()
        self._over.set()
        self._tried.set()
        self._writer.left()
