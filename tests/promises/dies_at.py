"""A hub that is killed, all its processes at once, at the n-th time it comes to a named point.

Run as `ecif serve` is: python dies_at.py POINT N --conf DIR
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ecif.messages import PushReply
from ecif.service import Service
from ecif.store.store import Lent
from ecif.store.writing import Writer
from gateway.delivery import Delivery
from gateway.intake.intake import Intake


class Reaper:
    """Kills at the n-th call."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            parent = multiprocessing.parent_process()
            if parent is not None and parent.pid is not None:
                os.kill(parent.pid, signal.SIGKILL)
            for child in multiprocessing.active_children():
                child.kill()
            os.kill(os.getpid(), signal.SIGKILL)


def before(owner: type, name: str, reach: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        reach()
        return real(*arguments, **named)

    setattr(owner, name, wrapped)


def after(owner: type, name: str, reach: Callable[[], None]) -> None:
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        reach()
        return result

    setattr(owner, name, wrapped)


def around_marks(reach: Callable[[], None], *, committed: bool) -> None:
    """Only where the batch holds a system's own reply: its commit is what marks a push as delivered."""
    take_in, commit, marks = Service.take_in, Lent.commit, [False]

    def taking(self: Service, batch: Sequence[Any], *more: Any) -> Any:
        marks[0] = any(isinstance(command, PushReply) for command in batch)
        try:
            return take_in(self, batch, *more)
        finally:
            marks[0] = False

    def committing(self: Lent, now: int) -> None:
        if marks[0] and not committed:
            reach()
        commit(self, now)
        if marks[0] and committed:
            reach()

    Service.take_in = taking
    Lent.commit = committing


POINTS: Final[Mapping[str, Callable[[Callable[[], None]], None]]] = {
    "before-write": lambda reach: before(Writer, "write", reach),
    "before-commit": lambda reach: after(Writer, "write", reach),
    "after-commit": lambda reach: after(Lent, "commit", reach),
    "before-reply": lambda reach: before(Intake, "answer", reach),
    "after-reply": lambda reach: after(Intake, "answer", reach),
    "before-send": lambda reach: before(Delivery, "send", reach),
    "after-send": lambda reach: after(Delivery, "send", reach),
    "before-mark": lambda reach: around_marks(reach, committed=False),
    "after-mark": lambda reach: around_marks(reach, committed=True),
}

if __name__ == "__main__":
    POINTS[sys.argv[1]](Reaper(int(sys.argv[2])))
    from gateway.cli.main import main

    main(["serve", *sys.argv[3:]])
