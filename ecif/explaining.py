"""Why this value: for every golden value the winner, the step that decided, and what lost at which step.

The same steps as `ecif.survivorship`, asked once more when somebody looks; nothing of it is stored.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ecif.identity import faults
from ecif.model import MARKS, Dialect, Key, Pin, SourceRecord, Survivor, Value
from ecif.steps import Said, step_between
from ecif.survivorship import Party, Rules, gathered, speaking

AGREES = "agrees"
WITHDRAWN = "withdrawn"
RESERVED = "reserved"
PIN = "pin"
FULLER = "fuller"


class Contribution(msgspec.Struct, frozen=True):
    """What one record says of an attribute, and why it is not the golden value."""

    value: Value
    since: int
    system: str
    customer_no: str
    step: str
    """At which it lost; "agrees" where it says the same; "withdrawn" and "reserved" never counted."""
    faults: tuple[str, ...] = ()
    """What is known against the value itself (`ecif.identity.faults`)."""


class Explained(msgspec.Struct, frozen=True):
    """A golden value: the winner with its rule, and all others."""

    attribute: str
    value: Value | None
    """None where nothing that counts is said: all that is was withdrawn or is reserved."""
    since: int
    system: str
    """"" for a steward's pin."""
    customer_no: str
    rule: str
    faults: tuple[str, ...]
    others: tuple[Contribution, ...]
    pin: Pin | None = None
    """The steward's decision in force."""


def explain(
    records: Sequence[SourceRecord],
    pins: Mapping[str, Sequence[Pin]],
    rules: Rules,
    dialects: Mapping[str, Dialect],
) -> tuple[Explained, ...]:
    """Of one party, by attribute; the arguments are those of `golden`."""
    members = sorted(records, key=_key)
    heard = speaking(members)
    party = gathered(heard, pins, rules, dialects)
    survivors = party.survivors()
    kind = str(survivors["kind"].value) if "kind" in survivors else "person"
    silenced = [record for record in members if record not in heard] if len(heard) < len(members) else []
    silent = gathered(silenced, {}, rules, dialects, kind).said
    names = sorted(survivors.keys() | party.said.keys() | silent.keys())
    return tuple([_explained(name, survivors.get(name), party, silent.get(name, ())) for name in names])


def _key(record: SourceRecord) -> Key:
    return record.key


def _explained(name: str, survivor: Survivor | None, party: Party, silent: Sequence[Said]) -> Explained:
    others = [*_losing(name, survivor, party), *[_contribution(name, one, WITHDRAWN) for one in silent]]
    if survivor is None:
        return Explained(name, None, 0, "", "", "", (), tuple(others))
    return Explained(
        name, survivor.value, survivor.since, survivor.system, survivor.customer_no, survivor.rule,
        faults(name, survivor.value), tuple(others), party.pin(name) if survivor.rule == PIN else None,
    )  # fmt: skip


def _losing(name: str, survivor: Survivor | None, party: Party) -> list[Contribution]:
    said, rule = party.said.get(name, ()), party.rules.rule(name)
    admitted = [one for one in said if rule.admits(one[0], one[2])]
    refused = [_contribution(name, one, RESERVED) for one in said if one not in admitted]
    if survivor is None:
        return [*[_contribution(name, one, "") for one in admitted], *refused]
    steps = _steps(name, admitted, survivor, party)
    won = (survivor.system, survivor.customer_no)
    return [
        *[
            _contribution(name, one, AGREES if one[0] == survivor.value else step)
            for one, step in steps
            if one[2:] != won
        ],
        *refused,
    ]


def _steps(name: str, said: Sequence[Said], survivor: Survivor, party: Party) -> list[tuple[Said, str]]:
    """The step at which each lost, the nearest to winning first."""
    if survivor.rule == PIN:
        return [(one, PIN) for one in said]
    if name in MARKS:
        return [(one, "latest") for one in said]
    rule = party.rules.rule(name)
    ranked = party.choice.ranked(name, said, rule)
    if not ranked:
        return []
    (best, first), *_ = ranked
    return [(one, FULLER if one is first else step_between(rule, best, order)) for order, one in ranked]


def _contribution(name: str, said: Said, step: str) -> Contribution:
    value, since, system, customer_no = said
    return Contribution(value, since, system, customer_no, step, faults(name, value))
