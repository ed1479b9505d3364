"""Delivery to one system is one hub's at a time, where several share a database: leases and fencing tokens.

Theory: Gray and Cheriton, "Leases" (SOSP 1989), with the fencing token of Chubby's sequencers (Burrows, OSDI
2006). A lease is a row with a holder, a moment until which it is held, and a token that rises whenever the
holder changes. All moments are by the database's clock, so that no hub's clock counts. A hub that stalled
past its lease cannot know that another took over; therefore every transaction that takes pushes locks the
row and finds its own token there, or nothing of it lasts (`ecif.store.leases.fence`).

A lease whose end lies further off than it lasts was written before the clock was set back: it is free.

A holder is written `name#life`: the name is the hub's own for ever, the life one run of it. A hub that was
killed and starts again need not wait for what it held itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from secrets import token_hex

import msgspec
from msgspec.structs import replace

from ecif.store import leases as rows
from ecif.store.lease_tables import HOLDER_WIDTH
from ecif.store.leases import Lease
from ecif.store.store import Store

SECOND = 1_000_000
_LIFE_BYTES = 4


class Tenancy(msgspec.Struct, frozen=True):
    """What the hub learns of one lease."""

    system: str
    holder: str
    """Name of the hub that has it; "" where it is free."""
    token: int
    left: int
    """Microseconds it is still held, by the database's clock; never more than it lasts."""
    mine: bool


class Alone:
    """Nobody else works on this database: every system is this hub's to deliver to."""

    def mine(self, systems: Collection[str]) -> Collection[str]:
        return systems

    def tokens(self, systems: Iterable[str]) -> Mapping[str, int]:
        """Nothing is to be found unchanged."""
        return {}

    def lost(self, systems: Iterable[str]) -> None:
        raise AssertionError("there are no leases")

    def keep(self, store: Store, wanted: Collection[str]) -> Sequence[Tenancy]:
        return ()


class Leases:
    """What this hub holds. Its tokens are what it was last told, and what its transactions must find."""

    def __init__(self, name: str, lasts: int) -> None:
        """`lasts`: microseconds."""
        self._name, self._lasts = name[: HOLDER_WIDTH - 2 * _LIFE_BYTES - 1], lasts
        self._holder = f"{self._name}#{token_hex(_LIFE_BYTES)}"
        self._heir = True
        """Until it looked once: what a hub of this name held is of a life that has ended."""
        self._held: dict[str, int] = {}

    def mine(self, systems: Collection[str]) -> Collection[str]:
        return [system for system in systems if system in self._held]

    def tokens(self, systems: Iterable[str]) -> Mapping[str, int]:
        """Of those it holds."""
        return {system: self._held[system] for system in systems if system in self._held}

    def lost(self, systems: Iterable[str]) -> None:
        """A transaction found another token."""
        for system in systems:
            self._held.pop(system, None)

    def keep(self, store: Store, wanted: Collection[str]) -> Sequence[Tenancy]:
        """Holds on to what is wanted, takes what is free of it, gives up the rest. Raises a StoreError."""
        with store.reading() as connection:
            found, now = rows.read(connection)
        if missing := set(wanted) - found.keys():
            with store.changing() as connection:
                rows.add(connection, sorted(missing))
            with store.reading() as connection:
                found, now = rows.read(connection)
        steps = self._steps(found, now, set(wanted))
        if steps:
            with store.claiming() as connection:
                rows.step(connection, steps)
                found, now = rows.read(connection)
        self._heir = False
        self._held = {lease.system: lease.token for lease in found.values() if self._has(lease, now)}
        return [self._told(lease, now) for _, lease in sorted(found.items())]

    def _steps(
        self, found: Mapping[str, Lease], now: int, wanted: Collection[str]
    ) -> list[tuple[Lease, Lease]]:
        """(as it was read, as it shall be) of each lease that changes."""
        until = now + self._lasts
        steps = []
        for lease in found.values():
            if lease.holder == self._holder:  # and nobody had it since
                if lease.system not in wanted:
                    steps.append((lease, replace(lease, held_until=0)))
                elif lease.is_free(now) or lease.held_until - now <= self._lasts * 2 // 3:
                    steps.append((lease, replace(lease, held_until=until, lasts=self._lasts)))
            elif lease.system in wanted and (lease.is_free(now) or self._inherits(lease)):
                taken = Lease(lease.system, self._holder, lease.token + 1, now, until, self._lasts)
                steps.append((lease, taken))
        return steps

    def _inherits(self, lease: Lease) -> bool:
        return self._heir and _name(lease.holder) == self._name

    def _has(self, lease: Lease, now: int) -> bool:
        return lease.holder == self._holder and not lease.is_free(now)

    def _told(self, lease: Lease, now: int) -> Tenancy:
        return tenancy(lease, now, mine=lease.system in self._held)


def tenancy(lease: Lease, now: int, *, mine: bool = False) -> Tenancy:
    if lease.is_free(now):
        return Tenancy(lease.system, "", lease.token, 0, mine=False)
    return Tenancy(lease.system, _name(lease.holder), lease.token, lease.held_until - now, mine)


def _name(holder: str) -> str:
    return holder.rpartition("#")[0]


def tenancies(store: Store) -> list[Tenancy]:
    """Who delivers to which system, for whoever only wants to know."""
    with store.reading() as connection:
        found, now = rows.read(connection)
    return [tenancy(lease, now) for _, lease in sorted(found.items())]
