"""The live long lines of one system, and which one carries a push.

One customer keeps to one line while it lives: customers fall into slots by checksum, a slot is given to the
line with the fewest slots when it is first used, and stays there until that line is gone. So order per
customer needs no other care, a new line takes nothing away from an old one, and the table stays small however
many customers there are.
"""

from collections.abc import Callable, Iterator
from typing import Protocol
from zlib import crc32

from ecif.messages import Outgoing

SLOTS = 4096


class CarriesPushes(Protocol):
    """What this file knows of a line."""

    last_heard: float

    @property
    def ready(self) -> bool: ...

    @property
    def leaving(self) -> bool: ...

    def push(self, push: Outgoing) -> None: ...

    def finish(self, reason: str) -> None: ...

    def end(self, reason: str) -> None: ...


class Lines:
    """A route for pushes over lines that are up. The same object serves listened and dialled ones."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._lines: dict[CarriesPushes, int] = {}
        """Line → how many slots it carries."""
        self._slots: dict[int, CarriesPushes] = {}
        self._carriers: dict[str, CarriesPushes] = {}
        """Open push → the line it left on."""
        self.lost: Callable[[list[str]], None] = lambda push_ids: None
        """Told which pushes were open on a line that is gone."""
        self.up: Callable[[], None] = lambda: None
        """Told when a line became ready."""

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[CarriesPushes]:
        return iter(tuple(self._lines))

    def came(self, line: CarriesPushes) -> None:
        self._lines[line] = 0
        if line.ready:
            self.up()

    def left(self, line: CarriesPushes) -> None:
        del self._lines[line]
        self._slots = {slot: held for slot, held in self._slots.items() if held is not line}
        open_pushes = [push_id for push_id, carrier in self._carriers.items() if carrier is line]
        for push_id in open_pushes:
            del self._carriers[push_id]
        if open_pushes:
            self.lost(open_pushes)

    def capacity(self) -> int:
        return self._window if any(line.ready for line in self._lines) else 0

    def send(self, push: Outgoing) -> bool:
        line = self._line_of(push.customer_no)
        if line is None:
            return False
        self._carriers[push.push_id] = line
        line.push(push)
        return True

    def closed(self, push_id: str) -> None:
        """Answered, or no longer waited for."""
        self._carriers.pop(push_id, None)

    def leaving(self) -> int:
        """How many are ending, and will give their places back."""
        return sum(line.leaving for line in self._lines)

    def longest_silent(self) -> CarriesPushes | None:
        """Of those that are up."""
        up = [line for line in self._lines if line.ready]
        return min(up or self._lines, key=lambda line: line.last_heard, default=None)

    def _line_of(self, customer_no: str) -> CarriesPushes | None:
        slot = crc32(customer_no.encode()) % SLOTS
        line = self._slots.get(slot)
        return line if line is not None and line.ready else self._give(slot)

    def _give(self, slot: int) -> CarriesPushes | None:
        line = self._least_used()
        if line is not None:
            if slot in self._slots:
                self._lines[self._slots[slot]] -= 1
            self._slots[slot] = line
            self._lines[line] += 1
        return line

    def _least_used(self) -> CarriesPushes | None:
        found, fewest = None, SLOTS + 1
        for line, slots in self._lines.items():
            if slots < fewest and line.ready:
                found, fewest = line, slots
        return found

    def statistics(self) -> dict[str, int]:
        return {"lines": len(self._lines), "ready": sum(line.ready for line in self._lines)}
