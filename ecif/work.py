"""The state of one transaction while it is decided: what every use case does to parties and records.

A use case changes records and pins through here; here golden records are recomputed, versions rise, each with
its change event, and at the end every record concerned is looked at once more: must it be pushed?
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from ecif.chaining import link, snapshot_due
from ecif.cluster import Cluster, pins_of
from ecif.messages import First
from ecif.model import Golden, Key, Party, SourceRecord
from ecif.reconcile.desired import is_due
from ecif.setting import Setting
from ecif.store.rows import Schedule, json_text, state_text
from ecif.store.unit import UnitOfWork
from ecif.survivorship import changed, golden

NOTHING = Golden(values={})


class Cause(msgspec.Struct, frozen=True):
    """Why a party changes: for its change event."""

    kind: str
    holds_from: int
    system: str = ""
    message: int | None = None
    actor: str = ""
    reason: str = ""


class Work:
    def __init__(self, unit: UnitOfWork, setting: Setting, now: int) -> None:
        self.unit, self.setting, self.now = unit, setting, now
        self.newly_due: list[Key] = []
        """Records that this transaction made due."""
        self.held: list[Key] = []
        """Records that are held for a steward from now on."""
        self._heads: set[str] = set()
        self._keys: set[Key] = set()
        self._asked: set[str] = set()

    # ------------------------------------------------------------ looking

    def record(self, key: Key) -> SourceRecord | None:
        return self.unit.records.get(key)

    def cluster_of(self, record: SourceRecord) -> Cluster:
        return self.unit.cluster_of(record.party)

    def head(self, cluster: Cluster) -> Party:
        return self.unit.parties[cluster.head]

    # ------------------------------------------------------------ changing

    def put(self, record: SourceRecord) -> None:
        """The record replaces the one under its key; it may have become due, or no longer be."""
        self.unit.records[record.key] = record
        self._keys.add(record.key)

    def new_party(self) -> Cluster:
        return self.unit.add_party(Party(str(self.unit.new_number("ecif"))))

    def recompute(self, cluster: Cluster, cause: Cause, *, above: int | None = None) -> bool:
        """Computes the golden record anew. True when the version rose.

        `above`: it must rise above this version, whatever changed (merge, split, move, a newer version seen).
        """
        party = self.head(cluster)
        pins = pins_of(self.unit.parties[number] for number in cluster.numbers)
        after = golden(self.unit.members(cluster), pins, self.setting.rules, self.setting.dialects)
        rises = above is not None or changed(party.golden, after)
        if rises:
            self._turn(party, after, max(party.version, above or 0) + 1, cause)
        elif after == party.golden:
            return False
        elif after.values != party.golden.values:  # the same values, but whose they are has changed
            self._turn(party, after, party.version, cause)
        else:
            self.unit.parties[party.ecif_no] = replace(party, golden=after)
        self._heads.add(cluster.head)
        return rises

    def begin(self, cluster: Cluster, first: First, cause: Cause) -> None:
        """A new party with one record, of which everything was worked out before."""
        party = self.head(cluster)
        self._record(replace(party, version=1, golden=first.golden), cause, first.difference)
        self._heads.add(cluster.head)

    def empty(self, number: str, version: int, cause: Cause) -> None:
        """A party that was merged away shows nothing of its own any more."""
        self._turn(self.unit.parties[number], NOTHING, version, cause)

    def note(self, number: str, cause: Cause, **what: Any) -> None:
        """What somebody decided on a party without changing its golden record, into its history."""
        party = self.unit.parties[number]
        changes = json_text({"decided": what})
        self._record(replace(party, events=party.events or party.version), cause, changes)

    def touch(self, cluster: Cluster) -> None:
        """Look at all its records at the end."""
        self._heads.add(cluster.head)

    def _turn(self, party: Party, after: Golden, version: int, cause: Cause) -> None:
        changes = difference(party.golden, after)
        stored = self.unit.stored_parties.get(party.ecif_no)
        before = stored.party.merged_into if stored else ""
        if before != party.merged_into:
            changes["merged_into"] = [before or None, party.merged_into or None]
        # Events from before there was a chain are numbered by their versions.
        events = party.events or party.version
        self._record(replace(party, version=version, golden=after, events=events), cause, json_text(changes))

    def _record(self, party: Party, cause: Cause, changes: str) -> None:
        """The party, as it is now, with a change event: numbered, and chained to the one before it."""
        seq = party.events + 1
        event = {
            "ecif_no": party.ecif_no,
            "seq": seq,
            "version": party.version,
            "cause": cause.kind,
            "system": cause.system or None,
            "message_id": cause.message,
            "actor": cause.actor or None,
            "reason": cause.reason[:400] or None,
            "holds_from": cause.holds_from,
            "stored_at": self.now,
            "difference": changes,
        }
        state = ""
        if snapshot_due(seq):
            state = state_text(party)
            snapshot = {"ecif_no": party.ecif_no, "seq": seq, "stored_at": self.now, "state": state}
            self.unit.snapshots.append(snapshot)
        event["chain"] = link(party.chain, event, state, self.setting.hashing)
        self.unit.events.append(event)
        self.unit.parties[party.ecif_no] = replace(party, events=seq, chain=event["chain"])

    # ------------------------------------------------------------ asking a steward

    def open_review(
        self, subject: str, kind: str, number: str, *, other: str = "", record: SourceRecord, rule: str = ""
    ) -> bool:
        """One open question a subject. True when it was not asked before."""
        if subject in self._asked or any(not closed for _, closed, _ in self.unit.rows.reviews([subject])):
            return False
        self._asked.add(subject)
        self.unit.reviews.append(
            {
                "id": self.unit.new_number("task"),
                "subject": subject,
                "kind": kind,
                "ecif_no": number,
                "other": other or None,
                "system": record.system,
                "customer_no": record.customer_no,
                "rule": rule or None,
                "opened_at": self.now,
                "closed_at": 0,
            }
        )
        return True

    def close_reviews(self, subjects: Iterable[str]) -> list[int]:
        """Gives those that were open. One asked in this same transaction answered itself: it is dropped."""
        answered = set(subjects)
        if not answered.isdisjoint(self._asked):
            self.unit.reviews = [row for row in self.unit.reviews if row["subject"] not in answered]
            self._asked -= answered
        open_ids = [number for _, closed, number in self.unit.rows.reviews(answered) if not closed]
        self.unit.closed_reviews += [{"b_id": number, "closed_at": self.now} for number in open_ids]
        return open_ids

    # ------------------------------------------------------------ at the end

    def finish(self) -> None:
        """Every record concerned: is there something to push?"""
        keys = set(self._keys)
        for head in self._heads:
            cluster = self.unit.clusters.get(head)
            if cluster is not None:
                keys |= self.unit.keys(cluster)
        for key in keys:
            record = self.unit.records.get(key)
            if record is not None:
                self._schedule(record)

    def _schedule(self, record: SourceRecord) -> None:
        if record.flying is not None:
            return
        cluster = self.cluster_of(record)
        dialect = self.setting.dialects.get(record.system)
        due = dialect is not None and is_due(record, self.head(cluster).golden, cluster.head, dialect)
        schedule = self.unit.schedules[record.key]
        if due and not schedule.next_attempt:  # None, or SHOWN: it is to be shown again
            since = schedule.due_since or self.now
            self.unit.schedules[record.key] = replace(schedule, next_attempt=self.now, due_since=since)
            self.newly_due.append(record.key)
        elif not due and (schedule.next_attempt is not None or schedule.due_since is not None):
            self.unit.schedules[record.key] = Schedule(last_error=schedule.last_error)


def difference(before: Golden, after: Golden) -> dict[str, Any]:
    """What changed: attribute → [before, after, since when, whose, why]; members that came and went."""
    changes: dict[str, Any] = {}
    old, new = before.values, after.values
    for name in sorted(old.keys() | new.keys() if old else new):
        was, now = old.get(name), new.get(name)
        if was is not now and was != now:
            said = (now.since, now.system, now.customer_no, now.rule) if now else ()
            changes[name] = [was and was.value, now and now.value, *said]
    if before.members != after.members:
        came, went = set(after.members) - set(before.members), set(before.members) - set(after.members)
        changes["members"] = {"came": sorted(came), "went": sorted(went)}
    if before.relations != after.relations:
        changes["relations"] = [before.relations, after.relations]
    return changes


def highest(parties: Iterable[Party]) -> int:
    return max((party.version for party in parties), default=0)
