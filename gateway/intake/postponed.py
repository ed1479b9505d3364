"""Customers that must wait for an image of theirs to come again."""

from ecif.messages import Command, CustomerImage

POSTPONED_SECONDS = 120.0
"""How long later images of a customer wait for the one that was sent away."""


class Postponed:
    """Customers whose image was answered 9001 or 9002: nothing newer of them may pass before it."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def sent_away(self, command: Command, now: float) -> None:
        if isinstance(command, CustomerImage):
            key = (command.envelope.system, command.change.customer_no)
            first = min(self._waiting.get(key, (command.change.seq, 0.0))[0], command.change.seq)
            self._waiting[key] = (first, now + POSTPONED_SECONDS)

    def must_wait(self, command: Command, now: float) -> bool:
        if not self._waiting or not isinstance(command, CustomerImage):
            return False
        key = (command.envelope.system, command.change.customer_no)
        first, until = self._waiting.get(key, (0, 0.0))
        if now < until and command.change.seq > first:
            return True
        self._waiting.pop(key, None)
        return False
