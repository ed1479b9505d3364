"""Doubles of what the gateway talks to: a store-less service that keeps what it was given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ecif.messages import Command, CustomerImage, Envelope, Outgoing, Reply
from ecif.model import PartyChange


def envelope(message_id: str = "M1", system: str = "core", raw: bytes = b"raw") -> Envelope:
    return Envelope(system, "CU01", message_id, b"", 0, False, "digest", raw, 0)


def image(message_id: str = "M1", customer: str = "C1", seq: int = 1, system: str = "core") -> CustomerImage:
    return CustomerImage(envelope(message_id, system), PartyChange(customer, seq, 0, False, {}))


@dataclass
class FakeService:
    """Answers 0000; `poison` ids make it raise, `trouble` is raised once each, in order."""

    poison: set[str] = field(default_factory=set)
    trouble: list[Exception] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    set_asides: list[str] = field(default_factory=list)
    due: list[Outgoing] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    next_at: int | None = None
    rooms: list[Mapping[str, int]] = field(default_factory=list)
    on_take_in: Callable[[Sequence[Command]], object] = lambda batch: None

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int]) -> list[Reply]:
        self.on_take_in(batch)
        if self.trouble:
            raise self.trouble.pop(0)
        self.rooms.append(room)
        ids = [command.envelope.message_id for command in batch]
        if self.poison.intersection(ids):
            raise ValueError("a customer's name stands here")
        self.batches.append(ids)
        return [Reply("0000", ecif_no="100000000001", version=1) for _ in batch]

    def set_aside(self, command: Command, reason: str, now: int) -> Reply:
        self.set_asides.append(reason)
        return Reply("9999")

    def take_due(self, system: str, limit: int, now: int) -> list[Outgoing]:
        taken, self.due = self.due[:limit], self.due[limit:]
        return taken

    def show_due(self, system: str, limit: int, now: int) -> int:
        shown, self.due = self.due[:limit], self.due[limit:]
        self.shown += [push.push_id for push in shown]
        return len(shown)

    def next_due(self, system: str, now: int) -> int | None:
        return now if self.due else self.next_at

    def connection_lost(self, push_ids: Sequence[str], now: int) -> None:
        self.lost += push_ids
