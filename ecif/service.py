"""The use cases of the hub's customer half, one transaction each; those of stewards are in `ecif.desk`.

`take_in` is the heart: a batch of commands in, one reply each, in order, and everything they change
committed before it returns. Nothing here knows a socket or a byte layout; nothing raises for what a system
may say. What raises is a bug or a store that cannot: the caller splits the batch to find a message that
does it, and sets that one aside.

Another process may have changed what a batch read: then the batch is decided again from what is there now.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from ecif import aside, corrections, erasure, intake, loading, pushing, reindexing, resync
from ecif.chaining import Algorithm
from ecif.corrections import STAFF, StaffDialect
from ecif.desk import NO_ROOM, Desk
from ecif.leases import Alone, Leases, Tenancy
from ecif.matching import Matching
from ecif.messages import Command, Correction, Outgoing, Reply
from ecif.model import Dialect, Key
from ecif.setting import SECOND, Patience, Setting
from ecif.store import histories, parking, reports
from ecif.store.errors import Collided, CommitUnknown, Crossed, DueUnreadable, LeaseLost
from ecif.store.store import Store
from ecif.survivorship import Rules
from ecif.work import Cause, Work

CLOCK_SECONDS: Final = 10
MOST_BROUGHT: Final = 1_000
ROUNDS: Final = 5
"""How often a batch is decided anew because another process was faster."""

T = TypeVar("T")


class Persistent(RuntimeError):
    """The same unique row collided in every round: not another process but this batch."""


class Service(Desk):
    """Safe to call from one thread at a time; several processes may share the database."""

    def __init__(
        self,
        store: Store,
        dialects: Mapping[str, Dialect],
        rules: Rules,
        matching: Matching,
        *,
        patience: Patience | None = None,
        hashing: Algorithm = "sha256",
        leases: Leases | None = None,
    ) -> None:
        """`leases`: of a hub that shares the database with others; without them it delivers to all."""
        self._store, self._leases = store, leases or Alone()
        systems = {STAFF: StaffDialect(), **dialects}
        self.setting = Setting(systems, rules, matching, patience or Patience(), hashing)
        self._woken: set[str] = set()
        self._waiting = set(self.setting.dialects)
        """Systems for which the store may hold pushes that are due; all, as long as nobody looked."""
        self._minded: dict[str, int] = {}
        """When each system's plans were last compared with the clock."""
        self.leaving: list[Outgoing] = []
        """Pushes committed with the batches and not yet taken."""
        self.counts: Counter[str] = Counter()
        """unmatched_replies, line_faults, standoffs, retried_batches, fenced: for metrics."""

    def renew(
        self, dialects: Mapping[str, Dialect], rules: Rules, matching: Matching, patience: Patience
    ) -> None:
        """Decide by these from now on."""
        own = {STAFF: StaffDialect(), **dialects}
        self.setting = replace(self.setting, dialects=own, rules=rules, matching=matching, patience=patience)

    # ------------------------------------------------------------ messages in

    def take_in(self, batch: Sequence[Command], now: int, room: Mapping[str, int] = NO_ROOM) -> list[Reply]:
        """One reply each, in order; a push's reply gets one with an empty code. All committed.

        `room`: system → how many pushes it can take now. So many are committed with the batch and may leave
        (`take_leaving`), those that wait before those that the batch causes; the others wait.
        """
        return self._transact(now, lambda work: intake.take(work, batch, self.counts), room)

    def take_new(self, batch: Sequence[Command], now: int) -> list[tuple[Reply, bool]]:
        """A first load: (reply, whether it was taken in before) each, in order. All committed."""
        return self._transact(now, lambda work: loading.take_new(work, batch, self.counts))

    def correct(self, command: Correction, now: int, *, expected: int | None = None) -> Reply:
        """What staff say, like any message. Raises Changed where the party's version is not as expected."""

        def act(work: Work) -> Reply:
            corrections.expect(work, command, expected)
            return intake.take(work, [command], self.counts)[0]

        return self._transact(now, act)

    def erase(
        self, ecif_no: str, *, actor: str, reason: str, now: int, expected: int | None = None
    ) -> tuple[str, ...]:
        """All that is held on a customer goes, where nothing forbids it; gives its numbers."""
        with self._store.reading() as connection:
            known = histories.numbers_of(connection, reports.head_of(connection, ecif_no) or ecif_no)
        erasure.refuse_held(self._store, known)
        cause = Cause(erasure.CAUSE, now, actor=actor, reason=reason)
        numbers, keys = self._transact(now, lambda work: erasure.forget(work, ecif_no, expected, cause))
        erasure.clear(self._store, numbers, keys, actor=actor, reason=reason, now=now)
        return numbers

    def set_aside(self, command: Command, reason: str, now: int) -> Reply:
        """A message that made the service raise: kept for replay, answered 9999 from now on."""
        return self._transact(now, lambda work: intake.set_aside(work, command, reason))

    def take_woken(self) -> set[str]:
        """Systems that have got work since this was last asked."""
        woken, self._woken = self._woken, set()
        return woken

    def take_leaving(self) -> list[Outgoing]:
        """Pushes committed with the batches since this was last asked."""
        leaving, self.leaving = self.leaving, []
        return leaving

    # ------------------------------------------------------------ pushes out

    def take_due(self, system: str, limit: int, now: int) -> list[Outgoing]:
        """Pushes that may leave now: new ones, and repeats whose time has come."""
        if limit <= 0 or not self._leases.mine([system]):
            return []

        def act(work: Work) -> list[Outgoing]:
            mine = self._hold(work, [system])
            return pushing.take_due(work, system, limit) if mine else []

        self._mind_the_clock(system, now)
        pushes = self._transact(now, act) if self._has_due(system, now) else []
        if len(pushes) < limit:
            self._waiting.discard(system)
        return pushes

    def show_due(self, system: str, limit: int, now: int) -> int:
        """Shadow: pushes that would leave now are journalled and stay due; how many were looked at."""

        def act(work: Work) -> int:
            return pushing.show_due(work, system, limit) if self._hold(work, [system]) else 0

        return self._transact(now, act) if self._leases.mine([system]) else 0

    def next_due(self, system: str, now: int) -> int | None:
        """When this system has work again; None: nothing to push, nothing to repeat."""
        with self._store.reading() as connection:
            return reports.next_attempt(connection, system)

    def connection_lost(self, push_ids: Sequence[str], now: int) -> None:
        """No answer can come any more for these: they are repeated soon."""
        self._transact(
            now, lambda work: pushing.unanswered(work, self._hold(work, self.setting.dialects), push_ids)
        )

    def keep_leases(self, wanted: Collection[str]) -> Sequence[Tenancy]:
        """Delivery to these systems is this hub's, as far as no other has it; to all others no more."""
        before = self._leases.mine(self.setting.dialects)
        told = self._leases.keep(self._store, wanted)
        self._waiting.update({each.system for each in told if each.mine} - set(before))
        return told

    def _hold(self, work: Work, systems: Collection[str]) -> Collection[str]:
        """Those of them that are this hub's to deliver to; at the commit they must still be."""
        mine = self._leases.mine(systems)
        work.unit.fences.update(self._leases.tokens(mine))
        return mine

    def backlog(self) -> dict[str, reports.Backlog]:
        """System → what waits: number of records to push, and since when the oldest."""
        with self._store.reading() as connection:
            return reports.backlog(connection, self.setting.dialects)

    def _mind_the_clock(self, system: str, now: int) -> None:
        """Where the wall clock was set back, what was planned by it lies far ahead: no pause is that long,
        so it is not waited for. Looked at every few seconds, and at once by a service that has just begun."""
        if abs(now - self._minded.get(system, 0)) < CLOCK_SECONDS * SECOND:
            return
        moment = now + self.setting.patience.longest
        with self._store.reading() as connection:
            latest = reports.latest_attempt(connection, system)
        if latest is not None and latest > moment:
            far = self._transact(now, lambda work: self._bring_near(work, system, moment))
            if far == MOST_BROUGHT:
                return  # there may be more
        self._minded[system] = now

    def _bring_near(self, work: Work, system: str, moment: int) -> int:
        mine = self._hold(work, [system])
        return pushing.bring_near(work, system, moment, MOST_BROUGHT) if mine else 0

    def _has_due(self, system: str, now: int) -> bool:
        following = self.next_due(system, now)
        return following is not None and following <= now

    # ------------------------------------------------------------ operators

    def reindex(self, heads: Sequence[str], now: int) -> reindexing.Reindexed:
        """The match keys of these parties are written anew."""
        return self._transact(now, lambda work: reindexing.renew(work, heads))

    def replay(
        self, rows: Sequence[int], read: aside.Read, *, actor: str, now: int, rehearse: bool = False
    ) -> list[aside.Outcome]:
        """Messages set aside, by journal row, once more; in order. Raises what they make it raise."""
        return self._transact(now, lambda work: aside.replay(work, rows, read, actor), rehearse=rehearse)

    def keep_aside(
        self, row: int, reason: str, *, actor: str, now: int, rehearse: bool = False
    ) -> aside.Outcome:
        """It raised again: it stays where it is, with the new reason."""
        return self._transact(now, lambda work: aside.keep(work, row, reason, actor), rehearse=rehearse)

    def discard(self, row: int, *, actor: str, reason: str, now: int) -> aside.Outcome:
        """It shall never take effect; its row and its bytes stay."""
        return self._transact(now, lambda work: aside.discard(work, row, actor, reason))

    def resync(self, keys: Sequence[Key], *, now: int, rehearse: bool = False) -> resync.Marked:
        """What these records' system holds is believed no longer: all of it is pushed again."""
        return self._transact(now, lambda work: resync.mark(work, keys), rehearse=rehearse)

    def note_resync(self, system: str, text: str, *, actor: str, now: int) -> None:
        """In the journal, once for all records."""
        self._transact(now, lambda work: resync.note(work, system, text, actor))

    # ------------------------------------------------------------ one transaction

    def _transact(
        self, now: int, act: Callable[[Work], T], room: Mapping[str, int] = NO_ROOM, *, rehearse: bool = False
    ) -> T:
        """`rehearse`: everything is decided and written, and nothing of it lasts."""
        for left in reversed(range(ROUNDS)):
            try:
                result, work, leaving = self._attempt(now, act, room, rehearse=rehearse)
            except DueUnreadable as damaged:
                if not left:
                    raise
                self._park(damaged)
            except CommitUnknown:  # it is decided anew; the journal knows what was taken
                if not left:
                    raise
            except Crossed as crossed:
                self._note_crossed(crossed)
                if not left and isinstance(crossed, Collided):
                    raise Persistent("a unique row exists already") from crossed
                if not left:
                    raise
            else:
                if not rehearse:
                    self._note_stored(work, leaving, room)
                return result
        raise AssertionError("the last round returns or raises")

    def _attempt(
        self, now: int, act: Callable[[Work], T], room: Mapping[str, int], *, rehearse: bool
    ) -> tuple[T, Work, pushing.Leaving]:
        """Once: what `act` decides, the pushes that may leave with it, the commit."""
        try:
            with self._store.unit() as unit:
                work = Work(unit, self.setting, now)
                result = act(work)
                leaving = pushing.Leaving({name: room[name] for name in self._leases.mine(room)})
                leaving.add_stored(work, self._waiting)
                work.finish()
                leaving.add_caused(work)
                self._hold(work, {push.system for push in leaving.pushes})
                (unit.rehearse if rehearse else unit.commit)(now)
        except CommitUnknown as lost:
            if not self._store.landed(lost):
                raise
        return result, work, leaving

    def _park(self, damaged: DueUnreadable) -> None:
        parking.park(self._store, damaged.keys)
        self.counts["unreadable_rows"] += len(damaged.keys)

    def _note_crossed(self, crossed: Crossed) -> None:
        self.counts["retried_batches"] += 1
        if isinstance(crossed, LeaseLost):
            self._leases.lost(crossed.systems)
            self.counts["fenced"] += len(crossed.systems)

    def _note_stored(self, work: Work, leaving: pushing.Leaving, room: Mapping[str, int]) -> None:
        self.counts["standoffs"] += len(work.held)
        self._waiting -= {system for system, places in room.items() if places > 0}
        self._waiting |= leaving.waiting
        self._woken |= leaving.waiting
        self.leaving += leaving.pushes
