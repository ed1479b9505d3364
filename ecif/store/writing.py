"""What a unit of work changed, as few executemany calls: only rows that differ from what was read.

Updates name the `rev` they read. If fewer rows took them than were sent, another process was faster:
`Crossed`, and the batch goes round once more.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update

from ecif.cluster import resolve
from ecif.model import Key, Party, SourceRecord
from ecif.store import statements as q
from ecif.store.bulk import Bulk
from ecif.store.errors import Crossed
from ecif.store.facts import FACT_KEYS, LISTED_KEYS, fact_columns, fact_of, listing
from ecif.store.rows import (
    Row,
    Stored,
    StoredParty,
    awaits,
    golden_row,
    journal_row,
    party_row,
    record_row,
    said_row,
    says,
    sync_row,
)
from ecif.store.unit import UnitOfWork

_ADD_FACTS = q.add_facts()
_END_FACTS = q.end_facts(dict(FACT_KEYS), dict(LISTED_KEYS))


class Writer:
    def __init__(self, unit: UnitOfWork, connection: Connection, bulk: Bulk, now: int) -> None:
        self._unit, self._connection, self._bulk, self._now = unit, connection, bulk, now
        self._added: dict[str, list[Row]] = {}
        self._ended: dict[str, list[Row]] = {}
        self._holdings: list[Row] = []
        self.wrote_records: dict[Key, Stored] = {}
        self.wrote_parties: dict[str, StoredParty] = {}

    def write(self) -> None:
        self._parties()
        self._records()
        self._match_keys()
        self._facts()
        self._journal()
        self._steward()

    # ------------------------------------------------------------ parties

    def _parties(self) -> None:
        added, changed, moved = [], [], []
        for number, party in sorted(self._unit.parties.items()):
            head = resolve(number, self._unit.parties)
            stored = self._unit.stored_parties.get(number)
            keys = self._unit.matches.of(number)
            if stored is None:
                added.append(party_row(party, head, keys) | {"rev": 0})
                self.wrote_parties[number] = StoredParty(party, head, 0, keys)
            elif head != stored.head or party.merged_into != stored.party.merged_into:
                moved.append(_by_rev(party_row(party, head, keys), ("ecif_no",), stored.rev))
                self.wrote_parties[number] = StoredParty(party, head, stored.rev + 1, keys)
            elif party is not stored.party or keys != stored.keys:
                changed.append(_by_rev(golden_row(party, keys), ("ecif_no",), stored.rev))
                self.wrote_parties[number] = StoredParty(party, head, stored.rev + 1, keys)
            else:
                continue
            self._golden_facts(stored.party if stored else None, party)
        self._many(q.ADD_PARTY, added)
        self._exactly(q.MOVE_PARTY, moved)
        self._exactly(q.SET_PARTY, changed)
        self._many(q.ADD_EVENT, self._unit.events)
        self._many(q.ADD_SNAPSHOT, self._unit.snapshots)

    def _golden_facts(self, before: Party | None, after: Party) -> None:
        old, new = before.golden.values if before else {}, after.golden.values
        if old is new:
            return
        for attribute in old.keys() | new.keys() if old else new:
            fact = fact_of(attribute)
            if fact is None:
                continue
            was, now = old.get(attribute), new.get(attribute)
            if was is now or (was and now and was.value == now.value):
                continue
            owner: Row = {"ecif_no": after.ecif_no} | dict(zip(FACT_KEYS[fact[0]], fact[1:], strict=False))
            if was:
                ended: Row = {f"b_{name}": value for name, value in owner.items()}
                ended |= {"valid_until": now.since if now else self._now, "until_version": after.version}
                self._ended.setdefault(fact[0], []).append(ended)
            if now:
                row = {"id": self._unit.new_number("fact"), **owner, **fact_columns(fact, now.value)}
                row |= {"valid_from": now.since, "valid_until": None, "from_version": after.version}
                self._added.setdefault(fact[0], []).append(row | {"until_version": None})

    # ------------------------------------------------------------ source records

    def _records(self) -> None:
        unit = self._unit
        dropped = [stored for key, stored in unit.stored_records.items() if key not in unit.records]
        keys = [_by_rev(_key(stored.record), ("system", "customer_no"), stored.rev) for stored in dropped]
        self._exactly(q.DROP_RECORD, keys)
        keys = [
            _by_rev(_key(stored.record), ("system", "customer_no"), stored.sync_rev) for stored in dropped
        ]
        self._exactly(q.DROP_SYNC, keys)
        for stored in dropped:
            self._listings(stored.record, None)
        records: tuple[list[Row], list[Row], list[Row]] = [], [], []
        syncs: tuple[list[Row], list[Row]] = [], []
        for key, record in sorted(unit.records.items()):
            self._record(key, record, records, syncs)
        self._many(q.ADD_RECORD, records[0])
        self._exactly(q.SET_RECORD, records[1])
        self._exactly(q.MOVE_RECORD, records[2])
        self._many(q.ADD_SYNC, syncs[0])
        self._exactly(q.SET_SYNC, syncs[1])

    def _record(
        self,
        key: Key,
        record: SourceRecord,
        records: tuple[list[Row], list[Row], list[Row]],
        syncs: tuple[list[Row], list[Row]],
    ) -> None:
        stored = self._unit.stored_records.get(key)
        head, schedule = resolve(record.party, self._unit.parties), self._unit.schedules[key]
        if stored is None:
            # Not from 0: a row that was dropped and came again must not look like the former one.
            first = {"rev": self._now}
            records[0].append(record_row(record, head) | first)
            syncs[0].append(sync_row(record, schedule) | first)
            self._listings(None, record)
            self.wrote_records[key] = Stored(record, head, schedule, self._now, self._now)
            return
        owner = ("system", "customer_no")
        if record is stored.record and head == stored.head and schedule is stored.schedule:
            return
        moved = head != stored.head or record.party != stored.record.party
        says_more = moved or says(record) != says(stored.record)
        if says_more:
            row = record_row(record, head) if moved else said_row(record)
            records[1 + moved].append(_by_rev(row, owner, stored.rev))
            self._listings(stored.record, record)
        awaits_more = schedule != stored.schedule or awaits(record) != awaits(stored.record)
        if awaits_more:
            syncs[1].append(_by_rev(sync_row(record, schedule), owner, stored.sync_rev))
        revs = stored.rev + says_more, stored.sync_rev + awaits_more
        self.wrote_records[key] = Stored(record, head, schedule, *revs)

    def _listings(self, before: SourceRecord | None, after: SourceRecord | None) -> None:
        if before and after and before.relations is after.relations and before.holdings is after.holdings:
            return
        old, new = listing(before), listing(after)
        for key in old.keys() - new.keys():
            assert before is not None
            self._end_listed(key, before, self._ended_at(key[0], after))
        for key in new:
            assert after is not None
            if key not in old:
                self._add_listed(key, new[key], after)
            elif new[key] != old[key]:
                self._holdings.append(_holding_update(new[key], after))

    def _ended_at(self, table: str | None, after: SourceRecord | None) -> int:
        listed = after and (after.relations if table == "party_relation" else after.holdings)
        return listed.since if listed else self._now

    def _end_listed(self, key: tuple[str | None, ...], before: SourceRecord, at: int) -> None:
        table = str(key[0])
        row: Row = {f"b_{name}": value for name, value in zip(LISTED_KEYS[table], key[1:], strict=True)}
        row |= {"b_system": before.system, "b_customer_no": before.customer_no, "valid_until": at}
        self._ended.setdefault(table, []).append(row)

    def _add_listed(self, key: tuple[str | None, ...], columns: Row, after: SourceRecord) -> None:
        table = str(key[0])
        row = {"id": self._unit.new_number("fact"), **_key(after), **columns}
        row |= {"valid_from": self._ended_at(table, after), "valid_until": None}
        self._added.setdefault(table, []).append(row)

    def _match_keys(self) -> None:
        matches = self._unit.matches
        dropped: list[tuple[str, str]] = []
        added = {(match_key, q.STOP) for match_key in matches.stopped}
        for head, keys in matches.changed.items():
            stored = self._unit.stored_parties.get(head)
            old, new = set(stored.keys if stored else ()), set(keys)
            dropped += [(match_key, head) for match_key in old - new]
            added |= {(match_key, head) for match_key in new - old if not matches.is_stopped(match_key)}
        added |= {pair for pair in matches.missed if not matches.is_stopped(pair[0])}
        # Sorted, so that rows of one page of the index come together.
        ended = [{"b_match_key": match_key, "b_ecif_no": head} for match_key, head in sorted(dropped)]
        self._many(q.DROP_MATCH_KEY, ended)
        self._many(q.STOP_MATCH_KEY, [{"b_match_key": match_key} for match_key in sorted(matches.stopped)])
        self._many(q.ADD_MATCH_KEY, [{"match_key": key, "ecif_no": head} for key, head in sorted(added)])

    def _facts(self) -> None:
        for name, rows in sorted(self._ended.items()):
            self._many(_END_FACTS[name], rows)
        self._many(q.SET_HOLDING, self._holdings)
        for name, rows in sorted(self._added.items()):
            self._many(_ADD_FACTS[name], rows)

    # ------------------------------------------------------------ journal and stewards

    def _journal(self) -> None:
        self._many(q.ADD_MESSAGE, [journal_row(row) for row in self._unit.messages])
        self._many(q.ADD_BODY, self._unit.bodies)
        self._many(q.SET_MESSAGE, [{"b_id": row, **outcome} for row, outcome in self._unit.outcomes.items()])
        self._exactly(q.SETTLE_MESSAGE, self._unit.settled)

    def _steward(self) -> None:
        self._many(q.CLOSE_REVIEW, self._unit.closed_reviews)
        self._many(q.ADD_REVIEW, self._unit.reviews)
        self._many(q.ADD_NO_MATCH, self._unit.no_match_rows)
        self._many(q.ADD_MERGE, self._unit.merges)
        self._many(q.ADD_MERGE_MEMBER, self._unit.merge_members)
        self._unit.steward.write()

    # ------------------------------------------------------------ running

    def _many(self, statement: Insert | Update | Delete, rows: Sequence[Row]) -> None:
        self._bulk.many(self._connection, statement, rows)

    def _exactly(self, statement: Update | Delete, rows: Sequence[Row]) -> None:
        """Every row must have taken it."""
        taken = self._bulk.many(self._connection, statement, rows)
        counts = self._connection.dialect.supports_sane_multi_rowcount or len(rows) == 1
        if counts and taken != len(rows):
            raise Crossed("a row was changed by another process")


def _by_rev(row: Row, keys: Iterable[str], rev: int) -> Row:
    """Binds of an update: keys and revision as conditions, the rest as values."""
    for name in keys:
        row[f"b_{name}"] = row.pop(name)
    row["b_rev"] = rev
    return row


def _key(record: SourceRecord) -> dict[str, Any]:
    return {"system": record.system, "customer_no": record.customer_no}


def _holding_update(columns: Row, after: SourceRecord) -> Row:
    bound = {"b_system": after.system, "b_customer_no": after.customer_no}
    bound |= {"b_kind": columns["kind"], "b_holding_no": columns["holding_no"]}
    return bound | {name: columns[name] for name in ("product", "ccy", "amount", "opened", "status")}
