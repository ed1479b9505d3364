"""Legal hold: an order that nothing of a customer's history and messages is pruned, until it is lifted.

It stands on an ECIF number and reaches every number that leads to the same customer, before and after merges.
"""

from collections.abc import Collection

import msgspec

from ecif.store import holds, reports
from ecif.store.store import Store


class Hold(msgspec.Struct, frozen=True):
    ecif_no: str
    placed_at: int
    actor: str
    reason: str
    lifted_at: int
    """0: in force."""
    lifted_by: str
    lift_reason: str


class NoSuchParty(ValueError):
    """The number was never given."""


def place(store: Store, ecif_no: str, *, actor: str, reason: str, now: int) -> None:
    """Once more where one is in force already: each order is lifted by itself."""
    with store.changing() as connection:
        if reports.head_of(connection, ecif_no) is None:
            raise NoSuchParty("no such ECIF number")
        holds.add(connection, ecif_no, now, actor, reason)


def lift(store: Store, ecif_no: str, *, actor: str, reason: str, now: int) -> int:
    """All that are in force on this number; gives how many."""
    with store.changing() as connection:
        return holds.lift(connection, ecif_no, now, actor, reason)


def listed(store: Store, *, ecif_no: str = "") -> list[Hold]:
    """The newest first, also those that were lifted."""
    with store.reading() as connection:
        return [Hold(*row) for row in holds.listed(connection, ecif_no)]


def held(connection: reports.View) -> Collection[str]:
    """Every number that must be left alone: those held, and all that lead to the same customers."""
    return holds.held(connection)
