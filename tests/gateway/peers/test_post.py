"""A system never stops asking: silence and 9001 end in the same message again, flagged."""

from collections.abc import Sequence

import trio

from gateway.peers.letters import Answer, Letter
from gateway.peers.post import ask
from gateway.peers.tally import Tally, percentile
from tests.gateway.peers.conftest import Desk


def answer(code: str) -> Answer:
    return Answer("", code, "", 0, "")


class Clerk:
    """A post that answers as told and keeps what it was given."""

    def __init__(self, answers: Sequence[Answer | None]) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []

    async def exchange(self, letter: Letter, body: bytes) -> Answer | None:
        await trio.lowlevel.checkpoint()
        self.bodies.append(body)
        return self._answers.pop(0)


async def test_asked_again_until_it_is_answered(desk: Desk, autojump_clock: trio.abc.Clock) -> None:
    record = next(iter(desk.books.records.values()))
    letter = desk.letters.customer(desk.books.written(record, record.seq))
    clerk, tally = Clerk([None, answer("9001"), answer("0000")]), Tally()
    assert await ask(clerk, desk.letters, letter, tally) == answer("0000")
    plain, again = desk.letters.bytes_of(letter), desk.letters.bytes_of(letter, again=True)
    assert clerk.bodies == [plain, again, again]
    assert (tally.resent, tally.milliseconds) == (2, [])


async def test_given_up_after_a_while(desk: Desk, autojump_clock: trio.abc.Clock) -> None:
    record = next(iter(desk.books.records.values()))
    letter = desk.letters.customer(desk.books.written(record, record.seq))
    assert await ask(Clerk([None] * 3), desk.letters, letter, Tally(), tries=3) is None


def test_percentiles() -> None:
    assert percentile([], 0.5) == 0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
