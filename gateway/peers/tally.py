"""What a peer counts of its own doings, and what it found wrong. Never a customer's value."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_PROBLEMS = 50


@dataclass
class Tally:
    sent: int = 0
    """Messages, resends of one counted once."""
    acknowledged: int = 0
    refused: int = 0
    pushed: int = 0
    """Pushes received, repeats of one counted once."""
    confirmed: int = 0
    repeated: int = 0
    """Pushes that came again."""
    resent: int = 0
    problems: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    """From a message's leaving to its reply, where nothing had to be sent again."""
    last_event: float = field(default_factory=time.monotonic)

    def problem(self, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text)

    def touch(self) -> None:
        self.last_event = time.monotonic()

    def numbers(self) -> dict[str, Any]:
        """All but the lists, which are long."""
        every = asdict(self)
        every["problems"] = len(self.problems)
        every.pop("milliseconds")
        every["quiet_seconds"] = round(time.monotonic() - every.pop("last_event"), 3)
        return every


class Copies:
    """Of each push, as they come. All but the first that *left* are flagged; where the network is slow, a
    repeat may come before it, so what is wrong is a second one without the flag."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._known: set[str] = set()
        self._unflagged: set[str] = set()

    def came(self, push_id: str, *, flagged: bool) -> None:
        self._tally.touch()
        if push_id in self._known:
            self._tally.repeated += 1
        else:
            self._tally.pushed += 1
        if not flagged and push_id in self._unflagged:
            self._tally.problem("a push came again without the duplicate flag")
        self._known.add(push_id)
        if not flagged:
            self._unflagged.add(push_id)


def percentile(values: list[float], share: float) -> float:
    """0 where there are none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
