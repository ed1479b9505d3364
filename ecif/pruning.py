"""Pruning: old message bodies and old history go, in small steps; what is left can still be proven.

Of a party's history the event that was in force on the day stays, with all after it. What went before is
replaced by a **checkpoint**: the number and hash of the last event that went, so that the chain goes on from
there, and what held after it, so that the past from that day on can be told; signed where conf names a key.
A history that is not as it was written is not pruned: the evidence would go with it.

Message bodies go by age; not those that may be replayed (set aside) or are being pushed. The journal's rows
stay: repeats are known by them. Nothing of a customer under legal hold goes.

A hub at work writes beside it. So a step is small, and after each one nothing is done for `REST` times as
long as it took: the writer's turn is the hub's four times out of five. A step that finds the database locked
is taken again.
"""

import time
from collections.abc import Callable, Collection
from typing import Final

import msgspec

from ecif.legal_hold import held
from ecif.model import Party
from ecif.past import State, after
from ecif.proving import broken_links, entry_of
from ecif.signing import Signer
from ecif.store import proofs, prunes
from ecif.store.errors import Crossed, StoreLocked
from ecif.store.proofs import Checkpoint
from ecif.store.prunes import Old
from ecif.store.reports import View
from ecif.store.rows import state_text
from ecif.store.store import Store

BODIES: Final = 500
PARTIES: Final = 20
"""Of one transaction."""
REST: Final = 4.0
LOCKED_PAUSES: Final = (0.1, 0.5, 2.0, 5.0)


class Pruned(msgspec.Struct, frozen=True):
    """What went, or would go."""

    bodies: int = 0
    events: int = 0
    parties: int = 0
    """Whose history was cut."""
    held: int = 0
    """Parties and bodies left alone under legal hold."""
    broken: tuple[str, ...] = ()
    """Parties whose history is not as it was written: left alone."""

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(
            self.bodies + other.bodies, self.events + other.events, self.parties + other.parties,
            self.held + other.held, self.broken + other.broken,
        )  # fmt: skip


Progress = Callable[[Pruned], None]


def prune(
    store: Store,
    *,
    bodies_before: int,
    events_before: int,
    now: int,
    signer: Signer | None = None,
    rehearse: bool = False,
    progress: Progress = lambda done: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pruned:
    """What was stored before these moments. `rehearse`: only counts."""
    done = Pruned()
    steps = (_Bodies(bodies_before), _Events(events_before, now, signer))
    for step in steps:
        while not step.ended:
            began = time.monotonic()
            done += _taken(store, step, sleep, rehearse=rehearse)
            progress(done)
            if not rehearse:
                sleep(REST * (time.monotonic() - began))
    return done


def _taken(
    store: Store, step: "_Bodies | _Events", sleep: Callable[[float], None], *, rehearse: bool
) -> Pruned:
    """One transaction."""
    for pause in (*LOCKED_PAUSES, None):
        above = step.above
        try:
            with store.reading() if rehearse else store.changing() as connection:
                return step.take(connection, rehearse=rehearse)
        except (StoreLocked, Crossed):
            step.above = above
            if pause is None:
                raise
            sleep(pause)
    raise AssertionError("the last try returns or raises")


class _Bodies:
    def __init__(self, before: int) -> None:
        self._before, self.ended = before, before <= 0
        self.above = 0

    def take(self, connection: View, *, rehearse: bool) -> Pruned:
        page = prunes.bodies(connection, self.above, BODIES)
        old = [body for body in page if body.stored_at < self._before]
        self.ended = not old  # ids are given about in the order of time
        if page:
            self.above = page[-1].id
        going = prunes.held_bodies(old, held(connection))
        if going and not rehearse:
            prunes.drop_bodies(connection, [body.id for body in going])
        kept = sum(1 for body in old if not body.needed) - len(going)
        return Pruned(bodies=len(going), held=kept)


class _Events:
    def __init__(self, before: int, now: int, signer: Signer | None) -> None:
        self._before, self._now, self._signer = before, now, signer
        self.above, self.ended = "", before <= 0

    def take(self, connection: View, *, rehearse: bool) -> Pruned:
        page = prunes.old_histories(connection, self.above, self._before, PARTIES)
        self.ended = not page
        if page:
            self.above = page[-1].ecif_no
        untouchable = held(connection) if page else ()
        done = Pruned()
        for old in page:
            done += self._one(connection, old, untouchable, rehearse=rehearse)
        return done

    def _one(self, connection: View, old: Old, untouchable: Collection[str], *, rehearse: bool) -> Pruned:
        if old.ecif_no in untouchable:
            return Pruned(held=1)
        return cut(connection, old, self._now, self._signer, rehearse=rehearse)


def cut(
    connection: View, old: Old, now: int, signer: Signer | None = None, *, rehearse: bool = False
) -> Pruned:
    """One party's history, before the event that is kept."""
    events = proofs.events_upto(connection, old.ecif_no, old.keep)
    before = proofs.checkpoint(connection, old.ecif_no)
    if any(broken_links(events, before)):
        return Pruned(broken=(old.ecif_no,))
    going = events[:-1]
    if not going:
        return Pruned()
    made, version = _checkpoint(before, going, signer)
    if not rehearse:
        prunes.put_checkpoint(connection, made, now)
        prunes.drop_events(connection, old.ecif_no, made.seq, version)
    return Pruned(events=len(going), parties=1)


def _checkpoint(
    before: Checkpoint | None, going: list[dict[str, object]], signer: Signer | None
) -> tuple[Checkpoint, int]:
    """And the version of the last event that goes."""
    number = str(going[0]["ecif_no"])
    state = State()
    if before is not None:
        golden, merged_into = before.golden()
        state = State(before.seq, golden=golden, merged_into=merged_into)
    for event in going:
        state = after(state, entry_of(event))
    text = state_text(Party(number, merged_into=state.merged_into, golden=state.golden))
    count = len(going) + (before.events if before else 0)
    made = Checkpoint(number, state.seq, str(going[-1]["chain"] or ""), text, count, "", "")
    if signer is not None:
        made = made._replace(key_name=signer.name, signature=signer.sign(made.sealed()))
    return made, state.version
