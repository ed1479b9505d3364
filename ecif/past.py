"""What change events say, put together again: the state of one ECIF number after any of its events.

An event holds a difference (`ecif.work.difference`): attribute → [before, after, since, system, customer
number, rule], where the last four are whose value it is; members that came and went; all relations before
and after; where the party was merged into; and what a steward decided without changing a value. Events from
before there was a chain lack whose value it was: it counts as held since the event says, by the system that
wrote.

**Two clocks** (R. Snodgrass, "Developing Time-Oriented Database Applications in SQL", 1999): when a value
held for the customer, and when the hub stored it. An event that says "v since s" speaks for every moment from
s on and replaces what was believed of those moments before. So what held at a moment, as known after some
event, is what the last event up to there said among those whose since is not later than the moment.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ecif.model import Golden, Key, Relation, Survivor, Value

_Relations = tuple[tuple[str, str, Relation], ...]
NOT_ATTRIBUTES: Final = frozenset({"members", "relations", "merged_into", "decided"})


class Entry(NamedTuple):
    """One row of `change_event`, its difference decoded."""

    ecif_no: str
    seq: int
    version: int
    cause: str
    system: str
    message_row: int | None
    actor: str
    reason: str
    holds_from: int
    stored_at: int
    difference: Mapping[str, Any]


class Change(msgspec.Struct, frozen=True):
    """What became of one attribute. Equal before and after: only whose value it is has changed."""

    attribute: str
    before: Value | None
    after: Value | None
    since: int
    """When the new value began to hold."""
    system: str
    """Whose it is; "" for a steward's pin and for a value that went."""
    customer_no: str
    rule: str

    def survivor(self) -> Survivor | None:
        if self.after is None:
            return None
        return Survivor(self.after, self.since, self.system, self.customer_no, self.rule)


class State(msgspec.Struct, frozen=True):
    """One ECIF number after one of its events."""

    seq: int = 0
    version: int = 0
    stored_at: int = 0
    golden: Golden = Golden(values={})
    merged_into: str = ""


def changes(entry: Entry) -> Iterator[Change]:
    for name, said in entry.difference.items():
        if name in NOT_ATTRIBUTES:
            continue
        before, after = _value(said[0]), _value(said[1])
        if len(said) > 2:
            yield Change(name, before, after, *said[2:])
        else:
            yield Change(name, before, after, entry.holds_from, entry.system if after else "", "", "")


def members(entry: Entry) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """Source records that came, and that went."""
    said = entry.difference.get("members", {})
    return tuple(map(tuple, said.get("came", ()))), tuple(map(tuple, said.get("went", ())))


def relations(entry: Entry) -> tuple[_Relations, _Relations] | None:
    """All before, all after; None where nothing changed."""
    said = entry.difference.get("relations")
    if said is None:
        return None
    before, after = (msgspec.convert(side, _Relations) for side in said)
    return before, after


def after(state: State, entry: Entry) -> State:
    """The state once the next event has happened."""
    values = dict(state.golden.values)
    for change in changes(entry):
        survivor = change.survivor()
        if survivor is None:
            values.pop(change.attribute, None)
        else:
            values[change.attribute] = survivor
    came, went = members(entry)
    said = relations(entry)
    now = Golden(
        values=dict(sorted(values.items())),
        relations=state.golden.relations if said is None else said[1],
        members=tuple(sorted({*state.golden.members, *came} - set(went))),
    )
    merged = entry.difference.get("merged_into")
    merged_into = state.merged_into if merged is None else merged[1] or ""
    return State(entry.seq, entry.version, entry.stored_at, now, merged_into)


def _value(said: Any) -> Value | None:
    return tuple(said) if isinstance(said, list) else said


class Held:
    """Reads a party's events backwards and keeps, of each attribute, the first that speaks of the moment."""

    def __init__(self, moment: int) -> None:
        self._moment = moment
        self._found: dict[str, Survivor | None] = {}

    def hear(self, entry: Entry) -> None:
        for change in changes(entry):
            since = entry.holds_from if change.after is None else change.since
            if since <= self._moment and change.attribute not in self._found:
                self._found[change.attribute] = change.survivor()

    def hear_state(self, golden: Golden) -> bool:
        """What held when older history was pruned. True when it leaves a question open."""
        silent = False
        for name, survivor in golden.values.items():
            if name in self._found:
                continue
            if survivor.since <= self._moment:
                self._found[name] = survivor
            else:
                silent = True
        return silent

    def values(self) -> dict[str, Survivor]:
        found = sorted(self._found.items())
        return {name: survivor for name, survivor in found if survivor is not None}
