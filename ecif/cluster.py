"""One customer as the hub sees it now: an ECIF number with all that were merged into it, and their records.

A merge does not rewrite the parties: it redirects one (`merged_into`). A **head** is a party that is not
redirected; its cluster is every party whose redirects end there, with all their source records. Golden
records, versions and pushes belong to heads; pins and the records' own numbers to the parties they were
given.
"""

from collections.abc import Iterable, Mapping, Sequence

from ecif.model import Key, Party, Pin


class Cluster:
    """Mutable, inside one unit of work only."""

    __slots__ = ("complete", "head", "keys", "numbers")

    def __init__(self, head: str, *, complete: bool) -> None:
        self.head = head
        self.numbers = {head}
        self.keys: set[Key] = set()
        self.complete = complete
        """Whether all its records are loaded: ask the unit of work for its keys and members."""

    def __repr__(self) -> str:
        return f"Cluster({self.head}, {len(self.numbers)} numbers, {len(self.keys)} records)"


def resolve(number: str, parties: Mapping[str, Party]) -> str:
    """The head that `number` redirects to."""
    while parties[number].merged_into:
        number = parties[number].merged_into
    return number


def pins_of(parties: Iterable[Party]) -> dict[str, Sequence[Pin]]:
    """All decisions on any of the parties, oldest first: the newest wins, whichever number it was made on."""
    found: dict[str, list[Pin]] = {}
    for party in parties:
        for attribute, pins in party.pins.items():
            found.setdefault(attribute, []).extend(pins)
    return {attribute: sorted(pins, key=_order) for attribute, pins in found.items()}


def _order(pin: Pin) -> tuple[int, str]:
    return pin.at, str(pin.value)
