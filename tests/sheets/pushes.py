"""What the hub pushed to one system, and how its tests want each push answered.

The clients' reading threads put pushes in and carry the answers out; tests take pushes by customer number.
Whatever no test has scripted is confirmed, as a healthy system would.
"""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    code: str = "0000"
    version: int | None = None
    """None: the version of the push."""
    after: float = 0.0
    """Seconds to think."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the reply that are not what they should be."""


CONFIRM = Answer()
SILENCE = Answer(code="")
HANG_UP = Answer(code="hang up")


@dataclass(frozen=True)
class Push:
    values: dict[str, Any]
    raw: bytes
    at: float
    line: int = 0
    """Which connection brought it."""

    def __getitem__(self, field: str) -> Any:
        return self.values[field]


class PushBox:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pushes: dict[str, list[Push]] = defaultdict(list)
        self._taken: Counter[str] = Counter()
        self._scripts: dict[str, deque[Answer]] = defaultdict(deque)
        self.on_push: Callable[[str, Push], None] = lambda number, push: None
        """What the system does with a push before it answers."""

    def script(self, number: str, *answers: Answer) -> None:
        """The next pushes for this customer number get these answers, later ones are confirmed."""
        with self._changed:
            self._scripts[number].extend(answers)

    def forget_script(self, number: str) -> None:
        with self._changed:
            self._scripts[number].clear()

    def arrived(self, number: str, push: Push) -> Answer:
        self.on_push(number, push)
        with self._changed:
            self._pushes[number].append(push)
            self._changed.notify_all()
            return self._scripts[number].popleft() if self._scripts[number] else CONFIRM

    def take(self, number: str, *, seconds: float = 30.0) -> Push:
        """The oldest push for this number not yet taken."""
        with self._changed:
            there = self._changed.wait_for(lambda: len(self._pushes[number]) > self._taken[number], seconds)
            assert there, f"no push for {number} within {seconds} s"
            self._taken[number] += 1
            return self._pushes[number][self._taken[number] - 1]

    def take_until(self, number: str, wanted: dict[str, Any], *, seconds: float = 30.0) -> Push:
        """Takes pushes until one carries the wanted values."""
        ends, last = time.monotonic() + seconds, {}
        while (left := ends - time.monotonic()) > 0:
            push = self.take(number, seconds=left)
            last = {field: push.values.get(field) for field in wanted}
            if last == wanted:
                return push
        raise AssertionError(f"{number} was never pushed {wanted}, last {last}")

    def waiting(self, number: str) -> list[Push]:
        with self._changed:
            return self._pushes[number][self._taken[number] :]

    def assert_none(self, number: str, *, seconds: float = 0.6) -> None:
        """Nothing comes for this number for a while."""
        time.sleep(seconds)
        assert not self.waiting(number), [push.values for push in self.waiting(number)]
