"""Match keys in a unit of work: who is found by which, as the table says and as this batch decided.

A key that so many share that it tells nobody apart is stopped: it finds nobody from then on.
"""

from collections.abc import Iterable, Mapping

from ecif.store import statements as q
from ecif.store.plain import Rows
from ecif.store.rows import StoredParty


class MatchKeys:
    def __init__(self, rows: Rows, parties: Mapping[str, StoredParty]) -> None:
        """`parties`: as they are stored, by number."""
        self._rows, self._parties = rows, parties
        self._has_turn = False
        self._unread: dict[str, dict[str, bool]] = {}
        """Match keys that were not read yet: head → whether this unit gave it the key, or took it away."""
        self.index: dict[str, set[str]] = {}
        """Match key → heads that carry it, of those that were asked for."""
        # what is to be written
        self.changed: dict[str, tuple[str, ...]] = {}
        """Head → all its keys."""
        self.missed: set[tuple[str, str]] = set()
        """(match key, head): the party says that it has the key, and the table lacks it."""
        self.stopped: set[str] = set()

    def load(self, keys: Iterable[str]) -> None:
        """Who carries these match keys: their numbers, not yet their parties."""
        wanted = {key for key in keys if key not in self.index}
        if not wanted:
            return
        self._take_turn()
        found: dict[str, set[str]] = {key: set() for key in wanted}
        for match_key, head in self._rows.bulk(q.MATCHES, wanted):
            found[match_key].add(head)
        for match_key in wanted:  # what this batch decided is not in the table yet
            for head, carries in self._unread.pop(match_key, {}).items():
                (found[match_key].add if carries else found[match_key].discard)(head)
        self.index |= found

    def _take_turn(self) -> None:
        """Only one unit at a time looks who a new customer is, where the database needs that."""
        turn = q.TURNS.get(self._rows.connection.dialect.name)
        if turn is not None and not self._has_turn:
            self._rows.connection.execute(turn)
            self._has_turn = True

    def sharing(self, match_key: str) -> set[str]:
        """Heads that carry this key, loaded or not; nobody where it is a stop key. The key is loaded."""
        heads = self.index[match_key]
        return set() if q.STOP in heads else heads

    def stop(self, match_key: str) -> None:
        """So many share it that it tells nobody apart: it finds nobody from now on."""
        self.index[match_key] = {q.STOP}
        self.stopped.add(match_key)

    def is_stopped(self, match_key: str) -> bool:
        """As far as it is known here."""
        return q.STOP in self.index.get(match_key, ())

    def of(self, head: str) -> tuple[str, ...]:
        """What the cluster is found by."""
        return self.changed[head] if head in self.changed else self._stored_keys(head)

    def _stored_keys(self, head: str) -> tuple[str, ...]:
        stored = self._parties.get(head)
        return stored.keys if stored else ()

    def put(self, head: str, keys: tuple[str, ...]) -> None:
        """The cluster is found by these from now on."""
        before = self.of(head)
        if before == keys:
            return
        self.changed[head] = keys
        for match_key in {*before, *keys}:
            carriers = self.index.get(match_key)
            if carriers is None:
                self._unread.setdefault(match_key, {})[head] = match_key in keys
            elif q.STOP not in carriers:
                (carriers.add if match_key in keys else carriers.discard)(head)

    def miss(self, head: str, keys: Iterable[str]) -> None:
        """These are not in the table, whatever the party's own row says: it is found by them from now on."""
        for match_key in keys:
            carriers = self.index[match_key]
            if q.STOP not in carriers:
                carriers.add(head)
                self.missed.add((match_key, head))
