"""Which systems this hub delivers to, where several share the database (`ecif.leases`).

    a line came up, a commit, at most a second
      → what can be reached from here (`wants`)  ≠  what is held, or a third of the lease is over?
      → service.keep_leases(wanted): holds on, takes what is free, gives up what it has no line to
      → whoever gained or lost a system is told (`changed`)

Between two answers `holds` counts by the monotonic clock from the moment before the question, so it is over
here before it is over there. A hub whose questions stay unanswered stops sending by itself, and keeps its
lines; that nothing it writes meanwhile lasts is the fencing token's business.
"""

from collections.abc import Callable, Collection, Sequence
from math import inf
from typing import Any, Protocol

import structlog
import trio

from ecif.leases import SECOND, Tenancy
from ecif.store.errors import StoreError
from gateway.faults import place_of
from gateway.intake.writer import Writer

log = structlog.get_logger("leases")

GATHER_SECONDS = 0.1
"""Least time between two questions: a line that flaps must not ask for each of its lives."""


class Keeps(Protocol):
    """The part of `ecif.service.Service` that is needed here."""

    def keep_leases(self, wanted: Collection[str]) -> Sequence[Tenancy]: ...


class Unshared:
    """No other hub delivers from this database: everything may leave at any time."""

    late = False

    def holds(self, system: str) -> bool:
        return True

    def wake(self, system: str) -> None:
        """Nothing to ask for."""

    def stop(self) -> None:
        """Nothing runs."""

    async def run(self) -> None:
        """Nothing to keep."""

    async def give_up(self) -> None:
        """Nothing is held."""

    def statistics(self) -> dict[str, Any]:
        return {}


class Leasing:
    """`run` once; `give_up` when all deliveries have ended."""

    def __init__(
        self,
        service: Keeps,
        writer: Writer,
        *,
        lease_seconds: float,
        poll_seconds: float,
        wants: Callable[[], Collection[str]],
        changed: Callable[[str], None],
    ) -> None:
        """`wants`: systems that pushes can reach from here. `changed`: told of each gained or lost."""
        self._service, self._writer = service, writer
        self._lease_seconds, self._poll_seconds = lease_seconds, poll_seconds
        self._wants, self._changed = wants, changed
        self._until: dict[str, float] = {}
        self._known: Sequence[Tenancy] = ()
        self._told: dict[str, Tenancy] = {}
        """What was said to be held."""
        self._tokens: dict[str, int] = {}
        """The last one a system was held by."""
        self._asked, self._asking = -inf, inf
        """When it last had an answer; since when it waits for one."""
        self._woken = trio.Event()
        self._stopping = False

    def holds(self, system: str) -> bool:
        """Whether pushes may leave now."""
        return trio.current_time() < self._until.get(system, -inf)

    @property
    def late(self) -> bool:
        """Whether the database has said nothing for as long as a lease lasts."""
        return trio.current_time() > self._asking + self._lease_seconds

    def wake(self, system: str) -> None:
        """Pushes to this system could leave."""
        if not self.holds(system):
            self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        while not self._stopping:
            if self._is_due():
                await self._ask(self._wants())
            self._tell()
            with trio.move_on_after(self._poll_seconds):
                await self._woken.wait()
            await trio.sleep_until(self._asked + GATHER_SECONDS)
            self._woken = trio.Event()

    async def give_up(self) -> None:
        """All of it, so that others need not wait."""
        if self._until:
            await self._ask(())

    def _is_due(self) -> bool:
        held = {system for system in self._until if self.holds(system)}
        return held != set(self._wants()) or trio.current_time() >= self._asked + self._lease_seconds / 3

    async def _ask(self, wanted: Collection[str]) -> None:
        self._asking = trio.current_time()
        try:
            async with self._writer.turn() as turn:
                begun = trio.current_time()
                self._known = await turn.run(self._service.keep_leases, sorted(wanted))
        except StoreError as trouble:
            log.warning("leases.not_kept", trouble=str(trouble))
        except Exception as fault:
            log.error("leases.failed", fault=place_of(fault))
        else:
            mine = [each for each in self._known if each.mine]
            self._until = {each.system: begun + each.left / SECOND for each in mine}
        finally:
            self._asking, self._asked = inf, trio.current_time()

    def _tell(self) -> None:
        held = {each.system: each for each in self._known if self.holds(each.system)}
        for system in sorted(held.keys() ^ self._told.keys()):
            self._note(system, held.get(system))
            self._changed(system)
        self._told = held

    def _note(self, system: str, taken: Tenancy | None) -> None:
        """Worth a line where another hub has to do with it; that a system is away is said elsewhere."""
        if taken is not None:
            before = self._tokens.get(system)
            if before not in (taken.token, taken.token - 1):
                log.info("lease.taken", system=system, token=taken.token)
            self._tokens[system] = taken.token
        elif other := next((each.holder for each in self._known if each.system == system), ""):
            log.warning("lease.lost", system=system, holder=other)

    def statistics(self) -> dict[str, Any]:
        """System → who delivers to it, as far as it was told."""
        return {
            each.system: {"holder": each.holder, "token": each.token, "here": self.holds(each.system)}
            for each in self._known
        }
