"""A writer without threads, for runs on a mock clock: transactions are made in the event loop."""

from collections.abc import Callable
from typing import TypeVar

import trio

from gateway.intake.writer import Turn, Writer

T = TypeVar("T")


class InlineWriter(Writer):
    """Waits in the event loop where the other one waits in its thread."""

    async def call(self, turn: Turn, transaction: Callable[[], T]) -> T:
        await trio.lowlevel.checkpoint()
        while turn.before is not None and not turn.before.tried:  # noqa: ASYNC110 - what threads wait for
            await trio.sleep(0.001)
        return turn.carry_out(transaction)
