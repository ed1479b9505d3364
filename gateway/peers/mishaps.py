"""What goes wrong on a peer's side now and then: a reply is lost, a line drops, the system is busy.

Rare, seeded and limited, so that a run shows each of them and still ends soon.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

OnPush: TypeAlias = Literal["", "silent", "hang_up", "busy"]

ON_ONE_LINE = {"silent": 1, "hang_up": 1, "busy": 4, "impatient": 1, "damages": 3}
"""Where a lost line stops everything until it is dialled again."""


@dataclass
class Mishaps:
    rng: Random
    share: float = 0.03
    """Of pushes and requests, until the numbers below are used up."""
    left: dict[str, int] = field(
        default_factory=lambda: {"silent": 2, "hang_up": 2, "busy": 4, "impatient": 4, "damages": 3}
    )

    def on_push(self) -> OnPush:
        """silent: applied, no reply. hang_up: applied, line dropped. busy: not applied, 9001."""
        chosen: OnPush = self.rng.choice(("silent", "hang_up", "busy"))
        return chosen if self._happens(chosen) else ""

    def impatient(self) -> bool:
        """Whether a request's line is dropped before its reply can be read."""
        return self._happens("impatient")

    def damages(self) -> bool:
        """Whether a frame leaves with a wrong check, on lines where it is repeated."""
        return self._happens("damages")

    def _happens(self, what: str) -> bool:
        if self.left.get(what, 0) <= 0 or self.rng.random() >= self.share:
            return False
        self.left[what] -= 1
        return True
