"""One unit of work: what a batch reads, an identity map to decide in, and what it writes; then commit or
nothing.

Reading is by bulk `load_…` calls that ask only for what is not here yet, so that a use case may call them
again when it finds it needs more; a record comes with its party, other members only when asked for. What is
in memory wins over what a later read finds: the batch's own decisions are not in the database yet. Writing
is in `ecif.store.writing`.
"""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Select

from ecif.cluster import Cluster, resolve
from ecif.model import Key, Party, SourceRecord
from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.errors import DueUnreadable
from ecif.store.numbers import BLOCKS, Block
from ecif.store.recent import Recent
from ecif.store.rows import (
    JournalRow,
    Row,
    Schedule,
    Stored,
    StoredParty,
    read_journal,
)
from ecif.store.stewards import StewardRows


class UnitOfWork:
    """Made by `Store.unit`. Values are replaced, never changed in place, except clusters."""

    def __init__(
        self, connection: Connection, blocks: dict[str, Block], bulk: Bulk, recent: Recent
    ) -> None:
        self._connection, self._statements, self._recent = connection, bulk, recent
        self.blocks = {name: block.copy() for name, block in blocks.items()}
        self.records: dict[Key, SourceRecord] = {}
        self.schedules: dict[Key, Schedule] = {}
        self.parties: dict[str, Party] = {}
        self.clusters: dict[str, Cluster] = {}
        self.stored_records: dict[Key, Stored] = {}
        self.stored_parties: dict[str, StoredParty] = {}
        self.journal: dict[tuple[str, str, str], list[JournalRow]] = {}
        self.match_index: dict[str, set[str]] = {}
        self._unread: dict[str, dict[str, bool]] = {}
        """Match keys that were not read yet: head → whether this unit gave it the key, or took it away."""
        self._asked_records: set[Key] = set()
        self._asked_parties: set[str] = set()
        self._has_turn = False
        self.fences: dict[str, int] = {}
        """System → token of the lease that must be this process's at the commit."""
        # what is to be written beside records and parties
        self.match_rows: dict[str, tuple[str, ...]] = {}
        self.missed: set[tuple[str, str]] = set()
        """(match key, head): the party says that it has the key, and the table lacks it."""
        self.stopped: set[str] = set()
        self.events: list[Row] = []
        self.snapshots: list[Row] = []
        self.messages: list[JournalRow] = []
        self.bodies: list[Row] = []
        self.outcomes: dict[int, Row] = {}
        self.settled: list[Row] = []
        self.reviews: list[Row] = []
        self.closed_reviews: list[Row] = []
        self.no_match_rows: list[Row] = []
        self.merges: list[Row] = []
        self.merge_members: list[Row] = []
        self.steward = StewardRows(connection)

    # ------------------------------------------------------------ reading

    def load_records(self, keys: Iterable[Key]) -> None:
        """These records, where there are such, with their parties."""
        wanted: dict[str, list[str]] = {}
        for key in keys:
            if key not in self._asked_records:
                self._asked_records.add(key)
                wanted.setdefault(key[0], []).append(key[1])
        heads: set[str] = set()
        for system, numbers in wanted.items():
            for row in self._bulk(q.RECORDS, numbers, system=system):
                heads.add(self._keep(row))
        self._load_clusters(heads)

    def load_members(self, clusters: Iterable[Cluster]) -> None:
        """All records of these clusters."""
        wanted = {c.head: c for c in clusters if not c.complete and not self._has_members(c)}
        for row in self._bulk(q.RECORDS_BY_HEAD, wanted):
            cluster = wanted.get(self._keep(row))
            if cluster is not None and (row[0], row[1]) in self.records:
                cluster.keys.add((row[0], row[1]))
        for cluster in wanted.values():
            cluster.complete = True

    def _has_members(self, cluster: Cluster) -> bool:
        """A golden record names its members: where all of them are here already, none need be asked for."""
        members = self.parties[cluster.head].golden.members
        if not members or not all(key in self.records for key in members):
            return False
        cluster.keys.update(members)
        cluster.complete = True
        return True

    def _keep(self, row: Any) -> str:
        """What memory holds of it already, or dropped, wins. Gives the head it was stored under."""
        key = (row[0], row[1])
        stored = self.stored_records.get(key)
        if stored is None:
            stored = self.stored_records[key] = self._recent.record(row)
            self.records[key] = stored.record
            self.schedules[key] = stored.schedule
            self._asked_records.add(key)
        return stored.head

    def load_parties(self, numbers: Iterable[str]) -> None:
        """The clusters that these ECIF numbers, old or current, belong to."""
        wanted = {n for n in numbers if n not in self._asked_parties and n not in self.parties}
        self._asked_parties |= wanted
        self._load_clusters({row[0] for row in self._bulk(q.HEADS_OF_PARTIES, wanted)})

    def load_matches(self, keys: Iterable[str]) -> None:
        """Who carries these match keys: their numbers, not yet their parties (`load_heads`)."""
        wanted = {key for key in keys if key not in self.match_index}
        if not wanted:
            return
        self._take_turn()
        found: dict[str, set[str]] = {key: set() for key in wanted}
        for match_key, head in self._bulk(q.MATCHES, wanted):
            found[match_key].add(head)
        for match_key in wanted:  # what this batch decided is not in the table yet
            for head, carries in self._unread.pop(match_key, {}).items():
                (found[match_key].add if carries else found[match_key].discard)(head)
        self.match_index |= found

    def _take_turn(self) -> None:
        """Only one unit at a time looks who a new customer is, where the database needs that."""
        turn = q.TURNS.get(self._connection.dialect.name)
        if turn is not None and not self._has_turn:
            self._connection.execute(turn)
            self._has_turn = True

    def sharing(self, match_key: str) -> set[str]:
        """Heads that carry this key, loaded or not; nobody where it is a stop key. The key is loaded."""
        heads = self.match_index[match_key]
        return set() if q.STOP in heads else heads

    def carriers(self, keys: Iterable[str]) -> set[str]:
        """Heads that carry one of these keys, loaded. The keys are loaded."""
        heads = {head for key in keys for head in self.sharing(key)}
        self.load_heads(heads)
        return {head for head in heads if head in self.clusters}

    def load_heads(self, heads: Iterable[str]) -> None:
        """The parties of these current numbers."""
        self._load_clusters(set(heads))

    def stop_key(self, match_key: str) -> None:
        """So many share it that it tells nobody apart: it finds nobody from now on."""
        self.match_index[match_key] = {q.STOP}
        self.stopped.add(match_key)

    def load_document_holders(self, document_type: str, document_no: str) -> set[str]:
        """Heads whose golden record carries exactly this document."""
        bound = {"document_type": document_type, "document_no": document_no}
        heads = {row[0] for row in self._connection.execute(q.DOCUMENT_HOLDERS, bound)}
        self.load_parties(heads)
        return heads

    def load_journal(self, system: str, direction: str, ids: Collection[str]) -> None:
        """The rows that bind later messages under these ids."""
        wanted = [i for i in ids if (system, direction, i) not in self.journal]
        for message_id in wanted:
            self.journal[system, direction, message_id] = []
        for row in self._bulk(q.JOURNAL, wanted, system=system, direction=direction):
            read = read_journal(row)
            self.journal[system, direction, read.message_id].append(read)

    def load_nonces(self, system: str, nonces: Collection[str], since: int) -> set[str]:
        return {row[0] for row in self._bulk(q.NONCES, nonces, system=system, since=since)}

    def load_due(self, system: str, limit: int, now: int) -> list[Key]:
        """Keys of records with work at `now`, the longest waiting first; loaded with their clusters."""
        bound = {"system": system, "now": now, "most": limit}
        return self._load_due([(system, row[0]) for row in self._connection.execute(q.DUE, bound)])

    def load_far(self, system: str, limit: int, moment: int) -> list[Key]:
        """Keys of records whose work is planned for after this moment."""
        bound = {"system": system, "moment": moment, "most": limit}
        keys = [(system, row[0]) for row in self._connection.execute(q.FAR, bound)]
        self.load_records(keys)
        return keys

    def load_unshown(self, system: str, limit: int, now: int) -> list[Key]:
        """Of those the ones that were not shown in shadow yet, none of them in flight."""
        bound = {"system": system, "now": now, "most": limit}
        return self._load_due([(system, row[0]) for row in self._connection.execute(q.UNSHOWN, bound)])

    def _load_due(self, keys: list[Key]) -> list[Key]:
        """Raises DueUnreadable: this unit is of no use then."""
        try:
            self.load_records(keys)
        except msgspec.DecodeError:
            raise DueUnreadable([key for key in keys if not self._can_read(key)]) from None
        return keys

    def _can_read(self, key: Key) -> bool:
        self._asked_records.discard(key)
        try:
            self.load_records([key])
        except msgspec.DecodeError:
            return False
        return True

    def load_bodies(self, ids: Collection[int]) -> dict[int, bytes]:
        return {row[0]: bytes(row[1]) for row in self._bulk(q.BODIES, ids)}

    def load_messages(self, ids: Collection[int]) -> dict[int, JournalRow]:
        """Journal rows by their own numbers."""
        return {row[0]: read_journal(row) for row in self._bulk(q.MESSAGES, ids)}

    def load_last_refused(self, system: str, customer_nos: Collection[str]) -> dict[str, int]:
        """Customer number → journal row of the last push that was refused for good."""
        found = self._bulk(q.REFUSED_PUSHES, customer_nos, system=system)
        return {row[1]: row[0] for row in sorted(found, key=lambda row: (row[2], row[3], row[0]))}

    def load_no_matches(self, numbers: Collection[str]) -> set[tuple[str, str]]:
        """Pairs of numbers that a steward declared different, the lower one among `numbers`."""
        found = {(row[0], row[1]) for row in self._bulk(q.NO_MATCHES, numbers)}
        now = {(row["low"], row["high"]) for row in self.no_match_rows}
        return (found - self.steward.dropped_pairs) | {pair for pair in now if pair[0] in numbers}

    def load_reviews(self, subjects: Collection[str]) -> list[Any]:
        """(subject, closed at or 0, id)."""
        return list(self._bulk(q.REVIEWS, subjects))

    def _bulk(self, statement: Select[Any], keys: Collection[Any], **bound: Any) -> Iterable[Any]:
        for chunk in q.chunks(keys):
            yield from self._statements.read(self._connection, statement, chunk, bound)

    def _load_clusters(self, heads: set[str]) -> None:
        # Not a difference of sets: it would walk through all parties that are here.
        wanted = [head for head in heads if head not in self.parties]
        for row in self._bulk(q.PARTIES_BY_HEAD, wanted):
            stored = self._recent.party(row)
            number = stored.party.ecif_no
            self.stored_parties[number] = stored
            self.parties[number] = stored.party
            self._cluster(stored.head, complete=False).numbers.add(number)

    def _cluster(self, head: str, *, complete: bool) -> Cluster:
        found = self.clusters.get(head)
        if found is None:
            found = self.clusters[head] = Cluster(head, complete=complete)
        return found

    # ------------------------------------------------------------ the identity map

    def cluster_of(self, number: str) -> Cluster:
        return self.clusters[resolve(number, self.parties)]

    def keys(self, cluster: Cluster) -> set[Key]:
        """Of all its records."""
        if not cluster.complete:
            self.load_members([cluster])
        return cluster.keys

    def members(self, cluster: Cluster) -> list[SourceRecord]:
        return [self.records[key] for key in sorted(self.keys(cluster))]

    def add_party(self, party: Party) -> Cluster:
        self.parties[party.ecif_no] = party
        return self._cluster(party.ecif_no, complete=True)

    def add_record(self, record: SourceRecord) -> None:
        self.records[record.key] = record
        self.schedules.setdefault(record.key, Schedule())
        self.cluster_of(record.party).keys.add(record.key)

    def drop_record(self, key: Key) -> None:
        record = self.records.pop(key)
        self.schedules.pop(key)
        self.cluster_of(record.party).keys.discard(key)

    def is_stopped(self, match_key: str) -> bool:
        """As far as it is known here."""
        return q.STOP in self.match_index.get(match_key, ())

    def match_keys_of(self, head: str) -> tuple[str, ...]:
        """What the cluster is found by."""
        return self.match_rows[head] if head in self.match_rows else self._stored_keys(head)

    def _stored_keys(self, head: str) -> tuple[str, ...]:
        stored = self.stored_parties.get(head)
        return stored.keys if stored else ()

    def put_match_keys(self, head: str, keys: tuple[str, ...]) -> None:
        """The cluster is found by these from now on."""
        before = self.match_keys_of(head)
        if before == keys:
            return
        self.match_rows[head] = keys
        for match_key in {*before, *keys}:
            carriers = self.match_index.get(match_key)
            if carriers is None:
                self._unread.setdefault(match_key, {})[head] = match_key in keys
            elif q.STOP not in carriers:
                (carriers.add if match_key in keys else carriers.discard)(head)

    def miss_match_keys(self, head: str, keys: Iterable[str]) -> None:
        """These are not in the table, whatever the party's own row says: it is found by them from now on."""
        for match_key in keys:
            carriers = self.match_index[match_key]
            if q.STOP not in carriers:
                carriers.add(head)
                self.missed.add((match_key, head))

    def rebuild_clusters(self, numbers: Iterable[str]) -> None:
        """After a split: sort these parties and their records by where they resolve to now."""
        concerned = set(numbers)
        keys = {key for number in concerned for key in self._leave(number)}
        for number in sorted(concerned):
            self._cluster(resolve(number, self.parties), complete=True).numbers.add(number)
        for key in keys:
            self.cluster_of(self.records[key].party).keys.add(key)

    def _leave(self, number: str) -> set[Key]:
        cluster = self.clusters.pop(number, None)
        return set() if cluster is None else cluster.keys

    def journalled(self, row: JournalRow, body: bytes | None) -> None:
        """A new row. If it uses up its id, or refuses other content, it binds later messages at once."""
        self.messages.append(row)
        if body is not None:
            self.bodies.append({"id": row.id, "body": body, "stored_at": row.stored_at})
        if row.message_id and (row.occurrence == 0 or row.code == q.REUSED):
            self.journal.setdefault((row.system, row.direction, row.message_id), []).append(row)

    # ------------------------------------------------------------ numbers

    def new_number(self, kind: str) -> int:
        block = self.blocks.get(kind)
        if block is None or block.free >= block.end:
            block = self.blocks[kind] = self._take_block(kind)
        block.free += 1
        return block.free - 1

    def _take_block(self, kind: str) -> Block:
        first, size = BLOCKS[kind]
        taken = self._connection.execute(q.TAKE_BLOCK, {"b_name": kind, "b_size": size})
        if taken.rowcount == 0:
            self._connection.execute(q.ADD_COUNTER, {"name": kind, "next_free": first + size})
        end = int(self._connection.execute(q.READ_COUNTER, {"name": kind}).scalar_one())
        return Block(end - size, end)
