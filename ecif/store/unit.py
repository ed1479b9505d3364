"""One unit of work: what a batch reads, an identity map to decide in, and what it writes; then commit or
nothing.

Reading is by bulk `load_…` calls that ask only for what is not here yet, so that a use case may call them
again when it finds it needs more; a record comes with its party, other members only when asked for. What is
in memory wins over what a later read finds: the batch's own decisions are not in the database yet. Match keys
are in `match_keys`, rows that are only read in `plain`, writing in `writing`.
"""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection

from ecif.cluster import Cluster, resolve
from ecif.model import Key, Party, SourceRecord
from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.errors import DueUnreadable
from ecif.store.match_keys import MatchKeys
from ecif.store.numbers import BLOCKS, Block
from ecif.store.plain import Rows
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

    def __init__(self, connection: Connection, blocks: dict[str, Block], bulk: Bulk, recent: Recent) -> None:
        self._connection, self._recent = connection, recent
        self.rows = Rows(connection, bulk)
        self.blocks = {name: block.copy() for name, block in blocks.items()}
        self.records: dict[Key, SourceRecord] = {}
        self.schedules: dict[Key, Schedule] = {}
        self.parties: dict[str, Party] = {}
        self.clusters: dict[str, Cluster] = {}
        self.stored_records: dict[Key, Stored] = {}
        self.stored_parties: dict[str, StoredParty] = {}
        self.matches = MatchKeys(self.rows, self.stored_parties)
        self.journal: dict[tuple[str, str, str], list[JournalRow]] = {}
        self._asked_records: set[Key] = set()
        self._asked_parties: set[str] = set()
        self.fences: dict[str, int] = {}
        """System → token of the lease that must be this process's at the commit."""
        # what is to be written beside records and parties
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
            for row in self.rows.bulk(q.RECORDS, numbers, system=system):
                heads.add(self._keep(row))
        self._load_clusters(heads)

    def load_members(self, clusters: Iterable[Cluster]) -> None:
        """All records of these clusters."""
        wanted = {c.head: c for c in clusters if not c.complete and not self._has_members(c)}
        for row in self.rows.bulk(q.RECORDS_BY_HEAD, wanted):
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
        self._load_clusters({row[0] for row in self.rows.bulk(q.HEADS_OF_PARTIES, wanted)})

    def carriers(self, keys: Iterable[str]) -> set[str]:
        """Heads that carry one of these keys, loaded. The keys are loaded."""
        heads = {head for key in keys for head in self.matches.sharing(key)}
        self.load_heads(heads)
        return {head for head in heads if head in self.clusters}

    def load_heads(self, heads: Iterable[str]) -> None:
        """The parties of these current numbers."""
        self._load_clusters(set(heads))

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
        for row in self.rows.bulk(q.JOURNAL, wanted, system=system, direction=direction):
            read = read_journal(row)
            self.journal[system, direction, read.message_id].append(read)

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

    def load_no_matches(self, numbers: Collection[str]) -> set[tuple[str, str]]:
        """Pairs of numbers that a steward declared different, the lower one among `numbers`."""
        found = {(row[0], row[1]) for row in self.rows.bulk(q.NO_MATCHES, numbers)}
        now = {(row["low"], row["high"]) for row in self.no_match_rows}
        return (found - self.steward.dropped_pairs) | {pair for pair in now if pair[0] in numbers}

    def _load_clusters(self, heads: set[str]) -> None:
        # Not a difference of sets: it would walk through all parties that are here.
        wanted = [head for head in heads if head not in self.parties]
        for row in self.rows.bulk(q.PARTIES_BY_HEAD, wanted):
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
