"""Follows the hub's change events: numbers them for the feed and keeps the search index up to date.

Numbers that rows get when they are written are not the order in which they are committed, so nobody may poll
for "newer than the last": a batch that commits late would be missed for ever. Here whatever is seen
committed gets the next position, once, by one writer at a time; a reader of positions therefore misses
nothing and never sees their order change. To see what commits late the last seconds are read again each
time, and every event is counted once more after some minutes.

Derived data: lost or made by another release, it is filled anew, first from the parties as they are. Then the
feed has a new epoch, and cursors of the old one are refused rather than misread.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from ecif.model import Party
from ecif.searching import keys_of
from ecif.store import following
from ecif.store.following import Event
from ecif.store.store import Store
from ocrm_api.search import store as rows
from ocrm_api.search.store import BUILT, NOW, Entry, Fed, IndexStore, Keys, State

SECOND = 1_000_000
OVERLAP = 10 * SECOND
"""A batch commits at most so long after its moment, as good as always."""
SETTLED = 300 * SECOND
"""… and always within this: after it events are counted once more."""
PORTION = 600
"""Parties a transaction: short, because requests are answered by the same process."""
REST, MOST_REST = 8, 1.0
"""A whole portion that had to wait for the processor is followed by a rest, so many times as long, at most so
many seconds: others need it more, and of several versions of a party a later portion indexes only the last.
On a machine with a processor to spare there is hardly any."""
_FACETS: Mapping[str, str] = {
    "kind": "kind", "status": "status", "branch": "branch", "manager": "manager", "risk": "risk",
    "segment": "rating",
}  # fmt: skip
"""Facet → golden attribute."""

log = logging.getLogger("ocrm_api.search")


class Follower:
    """`step` until it gives 0, then again in a moment. Several processes may follow one index."""

    def __init__(self, store: Store, index: IndexStore) -> None:
        self._store, self._index = store, index
        self._fed: set[tuple[str, int]] = set()
        self._fed_for = (-1, -1, "")

    def step(self) -> int:
        """Takes in a portion of what is new; gives how much that was. A whole PORTION: there may be more."""
        with self._index.writing() as connection:
            state = rows.state_of(connection) or rows.begin(connection, self._beginning())
            if state.built_to != BUILT:
                done = self._build(connection, state)
            else:
                done = self._follow(connection, state) or self._sweep(connection, state)
            rows.keep_state(connection, state)
        return done

    def _beginning(self) -> int:
        with self._store.reading() as hub:
            return max(0, following.newest_event(hub) - OVERLAP)

    # ------------------------------------------------------------ first build

    def _build(self, connection: rows.View, state: State) -> int:
        with self._store.reading() as hub:
            parties = following.parties_after(hub, state.built_to, PORTION)
        self._take(connection, parties)
        state.built_to = parties[-1].ecif_no if parties else BUILT
        return PORTION  # whatever it was: more is to come, be it what happened meanwhile

    # ------------------------------------------------------------ following

    def _follow(self, connection: rows.View, state: State) -> int:
        known = self._known(connection, state)
        with self._store.reading() as hub:
            new, newest = _unknown(following.events_from(hub, state.mark), known, PORTION)
            parties = following.parties(hub, {event.ecif_no for event in new})
        self._feed(connection, state, new, parties)
        if len(new) < PORTION:
            state.mark = max(state.mark, newest - OVERLAP)
        self._remember(state, known, new)
        return len(new)

    def _known(self, connection: rows.View, state: State) -> set[tuple[str, int]]:
        """What is fed of the last seconds; from memory where nobody else fed meanwhile."""
        if self._fed_for != (state.next_position, state.mark, state.epoch):
            self._fed = rows.feed_since(connection, state.mark)
        return self._fed

    def _remember(self, state: State, known: set[tuple[str, int]], new: Iterable[Event]) -> None:
        """A mark that moved leaves some too many in memory: read anew once they are plenty."""
        known.update((event.ecif_no, event.seq) for event in new)
        self._fed_for = (state.next_position, state.mark, state.epoch if len(known) < 100_000 else "")

    def _sweep(self, connection: rows.View, state: State) -> int:
        """Once more over what must have settled: the counts agree, or what came very late is taken now."""
        until = state.mark + OVERLAP - SETTLED
        if until - state.swept < SETTLED:
            return 0
        with self._store.reading() as hub:
            new: list[Event] = []
            there = following.count_events(hub, state.swept, until)
            if there != rows.count_fed(connection, state.swept, until):
                known = rows.feed_since(connection, state.swept, until)
                new, _ = _unknown(following.events_from(hub, state.swept, until), known, PORTION)
            parties = following.parties(hub, {event.ecif_no for event in new})
        self._feed(connection, state, new, parties)
        if len(new) < PORTION:
            state.swept = until
        return len(new)

    def _feed(
        self, connection: rows.View, state: State, new: list[Event], parties: Mapping[str, Party]
    ) -> None:
        first = state.next_position
        fed = [
            Fed(first + n, event.ecif_no, event.seq, event.version, event.cause, event.stored_at)
            for n, event in enumerate(new)
        ]
        rows.add_fed(connection, self._index.bulk, fed)
        state.next_position += len(fed)
        self._take(connection, list(parties.values()))

    def _take(self, connection: rows.View, parties: list[Party]) -> None:
        before = rows.entries(connection, [party.ecif_no for party in parties])
        keys = {number: entry.keys for number, entry in before.items()}
        after = [_entry(party, keys.get(party.ecif_no, {})) for party in parties]
        rows.put(connection, self._index.bulk, before, after)


def _unknown(events: Iterable[Event], known: set[tuple[str, int]], limit: int) -> tuple[list[Event], int]:
    """Those not yet fed, and the newest moment that was looked at."""
    new: list[Event] = []
    newest = 0
    for event in events:
        newest = event.stored_at
        if (event.ecif_no, event.seq) not in known:
            new.append(event)
            if len(new) >= limit:
                break
    return new, newest


def _entry(party: Party, before: Keys) -> Entry:
    """Keys that hold no more stay with their end, for searches as of another day. Nothing stays of a party
    whose values are gone: merged away or erased."""
    values, now = party.golden.values, keys_of(party.golden)
    if not now:
        return Entry(party.ecif_no, {}, {})
    ended_at = party.golden.as_of
    keys: Keys = {key: (since, NOW) for key, since in now.items()}
    for key, (since, until) in before.items():
        if key not in keys:
            keys[key] = (since, until or max(ended_at, since + 1))
    facets = {facet: str(values[name].value)[:80] for facet, name in _FACETS.items() if name in values}
    return Entry(party.ecif_no, facets, keys)


class FollowerThread:
    """Runs beside the requests; a database that is away is asked again later."""

    def __init__(self, follower: Callable[[], Follower], *, pause: float = 0.5) -> None:
        """`follower` opens what is needed, or raises a StoreError."""
        self._follower, self._pause = follower, pause
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search-index", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        waits = ""
        while not self._ended.is_set():
            done, began, used = 0, time.monotonic(), time.thread_time()
            try:
                done = self._follower().step()
                waits = ""
            except Exception as error:  # a fault of one step must not end all following
                if waits != type(error).__name__:
                    waits = type(error).__name__
                    log.warning("search index waits: %s", waits)
            waited = time.monotonic() - began - (time.thread_time() - used)
            behind = done >= PORTION
            self._ended.wait(min(MOST_REST, max(0.01, waited * REST)) if behind else self._pause)
