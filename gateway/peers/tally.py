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


def percentile(values: list[float], share: float) -> float:
    """0 where there are none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
