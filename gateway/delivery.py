"""Pushes on their way: one task a system, from `sync_state` to a line and back to "confirmed".

What is due lives in the store and only there. This task takes it when somebody can carry it, and remembers
which pushes are open merely to keep the system's window:

    woken (a commit, a line came up, a reply came, the time of the next repeat, at most a second)
      → free = window - open pushes, 0 while no line is up
      → service.take_due(system, free): journalled and flying, committed, *then* the first byte leaves
      → route.send(push)

Most pushes do not even wait for that: intake commits with each batch as many as there is room for (`room`),
those that wait before those that the batch causes, and they leave after its replies (`send`). While batches
follow each other a round of one's own is only for work of other processes and repeats.

A reply is a message like any other: intake commits it, and with that the push is settled. Silence needs no
code here: the store gives the same push again when its time has come, flagged as a repeat.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from random import random
from typing import Protocol

import structlog
import trio

from ecif.messages import Outgoing
from gateway.backoff import Backoff
from gateway.clock import wall_clock
from gateway.config.transport import Delivery as DeliveryConf
from gateway.faults import place_of
from gateway.intake.writer import Writer
from gateway.limits.rates import Allowance
from gateway.quiet import QuietHours
from gateway.statistics import Counters

log = structlog.get_logger("delivery")

TROUBLE_CAP_SECONDS = 30.0
SHOWN_AT_ONCE = 256
"""Pushes shown in one transaction, in shadow."""
GATHER_SECONDS = 0.05
"""Least time between two rounds: under load every reply frees a place in the window, and a transaction for
each would cost more than all it carries. A lone change still leaves at once."""


class Delivers(Protocol):
    """The half of `ecif.service.Service` that delivery needs."""

    def take_due(self, system: str, limit: int, now: int) -> list[Outgoing]: ...

    def show_due(self, system: str, limit: int, now: int) -> int: ...

    def next_due(self, system: str, now: int) -> int | None: ...

    def connection_lost(self, push_ids: Sequence[str], now: int) -> None: ...


class Route(Protocol):
    """How pushes reach one system: over lines that are up, or by dialling for each."""

    def capacity(self) -> int:
        """How many pushes it can carry now, besides the open ones; 0 while the system is away."""

    def send(self, push: Outgoing) -> bool:
        """Hand it over. False: it could not be taken, nothing has left."""

    def closed(self, push_id: str) -> None:
        """It was answered, or is no longer waited for."""


class Delivery:
    """One system's pushes."""

    def __init__(
        self,
        system: str,
        conf: DeliveryConf,
        route: Route,
        *,
        service: Delivers,
        writer: Writer,
        counters: Counters,
        push_type: str,
        poll_seconds: float = 1.0,
        batches: Callable[[], bool] = lambda: False,
        quiet: QuietHours | None = None,
        clock: Callable[[], int] = wall_clock,
        chance: Callable[[], float] = random,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        """`batches`: whether a batch is under way or about to be, which takes along what is due.
        `holds`: whether pushes may leave from this hub, and not from another one."""
        self.system, self._conf, self._route = system, conf, route
        self._service, self._writer, self._counters, self._clock = service, writer, counters, clock
        self._push_type, self._poll_seconds, self._batches = push_type, poll_seconds, batches
        self._quiet, self._holds = quiet or QuietHours(), holds
        self._looked = -inf
        """When it last looked itself."""
        self._open: dict[str, float] = {}
        """Push id → until when it counts in the window."""
        self._pace = Allowance(conf.per_second)
        self._lost: list[str] = []
        self._woken = trio.Event()
        self._stopping = False
        self.paused = False
        """Nothing new leaves; what is open is still answered."""
        self._waits = True
        """Whether something due may be waiting in the store: then a place that gets free is worth a look."""
        self._gather_seconds = GATHER_SECONDS if conf.window > 1 else 0.0
        """With one place there is nothing to gather."""
        self._trouble = Backoff(cap=TROUBLE_CAP_SECONDS, chance=chance)

    def __repr__(self) -> str:
        return f"<Delivery {self.system} {len(self._open)} open>"

    def wake(self) -> None:
        self._waits = True
        self._woken.set()

    def stop(self) -> None:
        """Take nothing more; what is open is repeated after the restart."""
        self._stopping = True
        self.wake()

    def take_over(self, before: "Delivery") -> None:
        """Of the one that goes: its open pushes count in this window, and are answered or lost here."""
        self._open |= before._open
        self.paused = before.paused

    def settled(self, push_id: str) -> None:
        """Its reply is committed."""
        self._route.closed(push_id)
        if self._open.pop(push_id, None) is not None and self._waits:
            self.wake()

    def wants(self) -> bool:
        """Whether pushes can leave from here (in shadow: be shown), or have left and are unanswered."""
        reached = self._conf.shadow or self._route.capacity() > 0
        return bool(self._open) or (reached and not self._stopping)

    def room(self) -> int:
        """How many pushes may leave with the next commit."""
        return 0 if self._lost or self._conf.shadow else self._free()

    def lost(self, push_ids: Iterable[str]) -> None:
        """The line they left on is gone: nobody knows whether they arrived."""
        self._lost += [push_id for push_id in push_ids if self._open.pop(push_id, None) is not None]
        self.wake()

    async def run(self) -> None:
        wait, rested = 0.0, trio.current_time()
        while not self._stopping:
            with trio.move_on_after(wait):
                await self._woken.wait()
            await trio.sleep_until(rested)
            self._woken = trio.Event()
            rested = trio.current_time() + self._gather_seconds
            try:
                wait = await self._round()
                self._trouble.succeeded()
            except Exception as fault:
                wait = self._trouble.failed()
                log.error("delivery.failed", system=self.system, fault=place_of(fault), again_seconds=wait)
                await trio.sleep(wait)

    async def _round(self) -> float:
        """Take and send what can go now; seconds until it is worth looking again unasked."""
        if not self._holds():
            self._lost.clear()  # who holds it now repeats them in their time
        if self._conf.shadow:
            return await self._show()
        if not self._lost:
            if not self._free():
                return self._rest()
            if self._batches() and trio.current_time() < self._looked + self._poll_seconds:
                return GATHER_SECONDS
        async with self._writer.turn() as turn:
            now, free = self._clock(), self._free()
            self._looked = trio.current_time()
            pushes, next_due = await turn.run(self._take, free, now)
            await turn.stored()
            for push in pushes:
                self.send(push)
        self._waits = len(pushes) >= free
        if free and len(pushes) >= free:
            return 0.0 if self._free() else self._rest()
        if next_due is None or next_due <= now:  # what is due and was not given waits for something else
            return self._poll_seconds
        return min(self._poll_seconds, (next_due - now) / 1e6)

    async def _show(self) -> float:
        """In shadow: what would leave is made and journalled. What left before is still answered or lost."""
        if self._stopping or self.paused or not self._holds():
            return self._poll_seconds
        async with self._writer.turn() as turn:
            lost, self._lost = self._lost, []
            shown = await turn.run(self._shown, lost, self._clock())
            await turn.stored()
        for _ in range(shown):
            self._counters.went(self.system, self._push_type, "shadow")
        return 0.0 if shown == SHOWN_AT_ONCE else self._poll_seconds

    def _shown(self, lost: list[str], now: int) -> int:
        """In the writer's thread."""
        if lost:
            self._service.connection_lost(lost, now)
        return self._service.show_due(self.system, SHOWN_AT_ONCE, now)

    def _free(self) -> int:
        now = trio.current_time()
        for push_id in [push_id for push_id, until in self._open.items() if until <= now]:
            del self._open[push_id]
            self._route.closed(push_id)
        if self._stopping or self.paused or not self._holds() or self._quiet.holds(self._clock()):
            return 0
        paced = self._pace.left(now)
        if paced < 1:
            return 0
        free = max(0, min(self._conf.window - len(self._open), self._route.capacity()))
        return free if paced > free else int(paced)

    def _rest(self) -> float:
        """Nothing may leave now: until something might, unless woken before."""
        return min(self._poll_seconds, self._pace.wait(trio.current_time()) or self._poll_seconds)

    def _take(self, free: int, now: int) -> tuple[list[Outgoing], int | None]:
        """In the writer's thread."""
        lost, self._lost = self._lost, []
        if lost:
            self._service.connection_lost(lost, now)
        pushes = self._service.take_due(self.system, free, now) if free else []
        return pushes, self._service.next_due(self.system, now)

    def send(self, push: Outgoing) -> None:
        """It is committed: its first byte may leave, unless the lease has ended since."""
        if not self._holds():
            self._counters.went(self.system, self._push_type, "withheld")
            return
        self._pace.spend()
        self._open[push.push_id] = trio.current_time() + self._conf.reply_seconds
        if self._route.send(push):
            self._counters.went(self.system, self._push_type, "sent" if push.copies == 1 else "repeated")
        else:
            self.lost([push.push_id])

    def statistics(self) -> dict[str, int]:
        return {
            "open": len(self._open),
            "capacity": self._route.capacity(),
            "failures": self._trouble.failures,
            "paused": int(self.paused),
            "shadow": int(self._conf.shadow),
        }
