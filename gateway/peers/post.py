"""How a peer gets a message answered: send it, wait, and send it again flagged until a reply comes.

Two ways, as conf says: on long lines, where replies are matched by the id they answer, or on a line of its
own for each request. A system never stops asking: 9001, a timeout and a lost line all end in the same message
again, with the duplicate flag.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import trio

from formats.framing import Framing
from gateway.peers.letters import AGAIN, Answer, Letter, Letters
from gateway.peers.mishaps import Mishaps
from gateway.peers.tally import Tally
from gateway.peers.wire import LOST, Door, Line, call

BUSY_SECONDS = 0.2


class Post(Protocol):
    async def exchange(self, letter: Letter, body: bytes) -> Answer | None:
        """One try; None where no reply came."""


async def ask(
    post: Post, letters: Letters, letter: Letter, tally: Tally, *, again: bool = False, tries: int = 20
) -> Answer | None:
    """The reply, however often it takes; None after `tries` in vain."""
    began, resent = trio.current_time(), again
    for _ in range(tries):
        answer = await post.exchange(letter, letters.bytes_of(letter, again=resent))
        if answer is not None and answer.code not in AGAIN:
            if not resent:
                tally.milliseconds.append((trio.current_time() - began) * 1000)
            return answer
        tally.resent += 1
        resent = True
        await trio.sleep(BUSY_SECONDS)
    return None


class Lines(Protocol):
    async def next_line(self) -> Line:
        """Waits until there is one."""

    def idle(self, seconds: float) -> list[Line]:
        """Lines that are to be tested: nothing was sent on them for so long."""


@dataclass
class _Waiter:
    event: trio.Event = field(default_factory=trio.Event)
    line: Line | None = None
    answer: Answer | None = None


class LongPost:
    """Requests open on long lines, so many at once."""

    def __init__(self, lines: Lines, mishaps: Mishaps, *, seconds: float, at_once: int) -> None:
        self._lines, self._mishaps, self._seconds = lines, mishaps, seconds
        self._places = trio.Semaphore(at_once)
        self._waiting: dict[str, _Waiter] = {}

    async def exchange(self, letter: Letter, body: bytes) -> Answer | None:
        async with self._places:
            return await self.exchange_on(await self._lines.next_line(), letter, body)

    async def exchange_on(self, line: Line, letter: Letter, body: bytes) -> Answer | None:
        waiter = self._waiting[letter.id] = _Waiter(line=line)
        try:
            await line.ask(body)
            if self._mishaps.impatient():
                await line.drop()
            with trio.move_on_after(self._seconds):
                await waiter.event.wait()
            line.settled()
            if not waiter.event.is_set():
                await line.unanswered()
        except LOST:
            return None
        finally:
            if self._waiting.get(letter.id) is waiter:
                del self._waiting[letter.id]
        return waiter.answer

    def settle(self, answer: Answer) -> bool:
        """Whether somebody waited for it."""
        if (waiter := self._waiting.get(answer.to)) is None:
            return False
        waiter.answer = answer
        waiter.event.set()
        return True

    def line_gone(self, line: Line) -> None:
        for waiter in self._waiting.values():
            if waiter.line is line:
                waiter.event.set()


class ShortPost:
    """Connect, one request, one reply, close."""

    def __init__(
        self,
        door: Door,
        framing: Framing,
        read: Callable[[bytes], Answer | None],
        mishaps: Mishaps,
        *,
        seconds: float,
    ) -> None:
        self._door, self._framing, self._read = door, framing, read
        self._mishaps, self._seconds = mishaps, seconds

    async def exchange(self, letter: Letter, body: bytes) -> Answer | None:
        if self._mishaps.impatient():
            await call(self._door, self._framing, body, 0.005)
            return None
        reply = await call(self._door, self._framing, body, self._seconds)
        answer = self._read(reply) if reply is not None else None
        return answer if answer is not None and answer.to == letter.id else None
