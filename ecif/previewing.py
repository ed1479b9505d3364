"""What a decision would do: it is carried out in a transaction that never commits, and looked at.

So a preview is right by construction: the same code decides, survives and finds what is due.
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from ecif import deciding, proposals
from ecif.cluster import Cluster, pins_of
from ecif.decisions import Decision, Merge
from ecif.explaining import Explained, explain
from ecif.linking import forbidden_by
from ecif.model import Golden, SourceRecord, Value
from ecif.reconcile.desired import desired, is_due
from ecif.setting import Setting
from ecif.store.store import Store
from ecif.work import Work


class Change(msgspec.Struct, frozen=True):
    """What a system holds and what it would be told; None is nothing."""

    attribute: str
    before: Value | None
    after: Value | None


class Told(msgspec.Struct, frozen=True):
    """A push that the decision would cause."""

    system: str
    customer_no: str
    ecif_no: str
    changes: tuple[Change, ...]
    """Empty where only the ECIF number changes."""
    held: bool
    """It would wait: the record is in a standoff, or its last push was refused for the same values."""


class After(msgspec.Struct, frozen=True):
    """A party as it would be."""

    ecif_no: str
    version: int
    """That it has now; 0 for a new one."""
    members: tuple[tuple[str, str], ...]
    values: tuple[Explained, ...]
    changes: tuple[Change, ...]
    """Against its golden record now."""


class Preview(msgspec.Struct, frozen=True):
    parties: tuple[After, ...]
    pushes: tuple[Told, ...]
    against: tuple[str, ...]
    """Of a merge: what speaks against it."""
    second: str
    """The rule that asks for a second pair of eyes, or ""."""
    versions: dict[str, int]
    """ECIF number → version now: to be handed over as `expected` with the decision."""


def preview(store: Store, setting: Setting, decision: Decision, now: int) -> Preview:
    """Raises NotPossible where it cannot be decided."""
    with store.unit() as unit:
        return _previewed(Work(unit, setting, now), decision)


def _previewed(work: Work, decision: Decision) -> Preview:
    found = proposals.concerned(work, decision)
    before = {number: work.unit.parties[number].golden for one in found for number in one.numbers}
    versions = {one.head: work.head(one).version for one in found}
    against = _against(work, decision)
    second = proposals.second_needed(work, decision, found)
    held = {key: work.unit.records[key] for one in found for key in work.unit.keys(one)}
    proposals.try_out(work, decision)
    after = _clusters(work, before, held)
    return Preview(
        parties=tuple([_after(work, one, before, versions) for one in after]),
        pushes=tuple([told for one in after for told in _pushes(work, one)]),
        against=against,
        second=second,
        versions=versions,
    )


def _against(work: Work, decision: Decision) -> tuple[str, ...]:
    if not isinstance(decision, Merge):
        return ()
    one, other = deciding.clusters(work, decision.survivor, decision.absorbed)
    return forbidden_by(work, one, other)


def _clusters(work: Work, numbers: Iterable[str], keys: Iterable[tuple[str, str]]) -> list[Cluster]:
    """Where these parties and records are now."""
    found = [work.unit.cluster_of(number) for number in numbers]
    found += [work.cluster_of(work.unit.records[key]) for key in keys]
    return [one for _, one in sorted({one.head: one for one in found}.items())]


def _after(work: Work, one: Cluster, before: dict[str, Golden], versions: dict[str, int]) -> After:
    pins = pins_of(work.unit.parties[number] for number in one.numbers)
    setting = work.setting
    members = work.unit.members(one)
    was = before.get(one.head, Golden(values={}))
    return After(
        ecif_no=one.head,
        version=versions.get(one.head, 0),
        members=tuple([record.key for record in members]),
        values=explain(members, pins, setting.rules, setting.dialects),
        changes=_changes(was, work.head(one).golden),
    )


def _changes(was: Golden, now: Golden) -> tuple[Change, ...]:
    found = []
    for name in sorted(was.values.keys() | now.values.keys()):
        a, b = (one.value if one else None for one in (was.values.get(name), now.values.get(name)))
        if a != b:
            found.append(Change(name, a, b))
    return tuple(found)


def _pushes(work: Work, one: Cluster) -> Iterable[Told]:
    golden = work.head(one).golden
    for record in work.unit.members(one):
        told = _told(work, record, golden, one.head)
        if told is not None:
            yield told


def _told(work: Work, record: SourceRecord, golden: Golden, number: str) -> Told | None:
    dialect = work.setting.dialects.get(record.system)
    free = replace(record, flying=None, standoff=False, refused="")
    if dialect is None or not is_due(free, golden, number, dialect):
        return None
    waits = not is_due(replace(record, flying=None), golden, number, dialect)
    changes = tuple(
        [
            Change(name, held, value)
            for name, (value, _) in desired(record, golden, dialect).items()
            if (held := _held(record, name)) != value
        ]
    )
    return Told(record.system, record.customer_no, number, changes, waits)


def _held(record: SourceRecord, name: str) -> Value | None:
    """What the system is believed to hold, with a push in flight counted as landed."""
    if record.flying is not None and name in record.flying.values:
        return record.flying.values[name]
    state = record.attributes.get(name)
    return None if state is None else state.held
