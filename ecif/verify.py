"""Does the store hold what the rules say? All golden records computed anew, all invariants a store can show.

| kind | what is wrong |
|---|---|
| golden | the stored golden record is not what contributions, pins and rules give |
| redirect | a merged number does not lead to a party, or `head` is not where it leads |
| record | a source record without its party or sync state, or with another `head` than its party's |
| unreadable | what stands in a row cannot be read: the rest of its party was not looked at |
| due | a record is due and nobody will push it, or is scheduled and has nothing to push |
| chain, anchor, checkpoint, history, version | what is wrong with its history (`ecif.proving`) |
| pushed | versions pushed to one customer number fall |
| fact | the tables of facts differ from the golden record |
| match_key | a party is not found by its match keys, or by others |
| review | an open question asks whether a party is itself |

Details name numbers, systems and attributes, never a customer's value.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ecif.cluster import pins_of
from ecif.matching import Matching
from ecif.model import Dialect, Golden
from ecif.proving import Signers, prove
from ecif.reconcile.desired import is_due
from ecif.store import desk_reports, reports
from ecif.store.facts import FACT_KEYS, fact_columns, fact_of
from ecif.store.reports import View
from ecif.store.rows import Row, Stored, StoredParty
from ecif.store.statements import STOP
from ecif.store.store import Store
from ecif.survivorship import Rules, golden

NO_KEYS: Final[Signers] = {}


class Problem(msgspec.Struct, frozen=True):
    kind: str
    ecif_no: str
    detail: str


class Report(msgspec.Struct, frozen=True):
    parties: int
    source_records: int
    messages: int
    problems: list[dict[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """As CONTRACT's `verify --json` names it."""
        return msgspec.structs.asdict(self)


def verify(
    store: Store,
    rules: Rules,
    dialects: Mapping[str, Dialect],
    matching: Matching | None = None,
    signers: Signers = NO_KEYS,
) -> Report:
    """One consistent view of the whole store. Without `matching` the match keys are not looked at, without
    `signers` no signature is."""
    with store.reading() as connection:
        found = list(_problems(connection, rules, dialects, matching))
        found += [Problem(*finding) for finding in prove(connection, signers)]
        counted, messages = reports.counts(connection), reports.message_count(connection)
    problems = [msgspec.structs.asdict(problem) for problem in found]
    return Report(counted.parties, counted.source_records, messages, problems)


def _problems(
    connection: View, rules: Rules, dialects: Mapping[str, Dialect], matching: Matching | None
) -> Iterator[Problem]:
    yield from _redirects(connection)
    yield from _records(connection)
    yield from _pushed(connection)
    yield from _reviews(connection)
    facts = _stored_facts(connection)
    keys: set[tuple[str, str]] = set()
    damaged: list[Problem] = []

    def unreadable(head: str, row: str) -> None:
        damaged.append(Problem("unreadable", head, row))

    for parties, records in reports.all_clusters(connection, unreadable=unreadable):
        yield from _cluster(parties, records, rules, dialects)
        yield from _facts(parties, facts)
        if matching is not None and records:
            head = records[0].head
            keys.update((key, head) for key in matching.match_keys([stored.record for stored in records]))
    yield from damaged
    if matching is not None:
        yield from _match_keys(keys, set(reports.match_rows(connection)))


# ---------------------------------------------------------------- one cluster


def _cluster(
    parties: list[StoredParty], records: list[Stored], rules: Rules, dialects: Mapping[str, Dialect]
) -> Iterator[Problem]:
    head = next((stored.party for stored in parties if not stored.party.merged_into), None)
    if head is None:
        return
    pins = pins_of(stored.party for stored in parties)
    computed = golden([stored.record for stored in records], pins, rules, dialects)
    if computed != head.golden:
        yield Problem("golden", head.ecif_no, f"differs in {', '.join(_differing(head.golden, computed))}")
    for stored in records:
        yield from _due(stored, head.golden, head.ecif_no, dialects.get(stored.record.system))


def _differing(stored: Golden, computed: Golden) -> list[str]:
    names = sorted(stored.values.keys() | computed.values.keys())
    found = [name for name in names if stored.values.get(name) != computed.values.get(name)]
    rest = ("relations", "members", "as_of")
    return found + [name for name in rest if getattr(stored, name) != getattr(computed, name)]


def _due(stored: Stored, now: Golden, ecif_no: str, dialect: Dialect | None) -> Iterator[Problem]:
    record, scheduled = stored.record, stored.schedule.next_attempt is not None
    place = f"{record.system} {record.customer_no}"
    if dialect is None:
        return
    if record.flying is not None:
        if not scheduled or stored.schedule.push_row is None:
            yield Problem("due", ecif_no, f"{place}: a push in flight that nobody repeats")
    elif is_due(record, now, ecif_no, dialect) != scheduled:
        yield Problem("due", ecif_no, f"{place}: {'not due but scheduled' if scheduled else 'due but not'}")


# ---------------------------------------------------------------- across parties


def _redirects(connection: View) -> Iterator[Problem]:
    rows = {number: (into, head) for number, into, head, _ in reports.redirects(connection)}
    for number, (_, head) in rows.items():
        seen, current = set(), number
        while current in rows and rows[current][0] and current not in seen:
            seen.add(current)
            current = rows[current][0]
        if current not in rows or current in seen:
            yield Problem("redirect", number, "leads nowhere")
        elif current != head:
            yield Problem("redirect", number, f"leads to {current}, stored is {head}")


def _reviews(connection: View) -> Iterator[Problem]:
    for task, head in desk_reports.answered_already(connection):
        yield Problem("review", head, f"question {task}: both its parties are this one")


def _records(connection: View) -> Iterator[Problem]:
    for system, customer_no in reports.orphans(connection):
        yield Problem("record", "", f"{system} {customer_no}: without party or sync state")
    for system, customer_no, head in reports.strays(connection):
        yield Problem("record", head, f"{system} {customer_no}: head is not its party's")


def _pushed(connection: View) -> Iterator[Problem]:
    """By the clock and by the row's number: the clock may have been set back between two pushes, and two
    processes have their numbers from blocks of their own."""
    last: dict[tuple[str, str], tuple[int, int]] = {}
    for system, customer_no, row, version in reports.push_rows(connection):
        before, newest = last.get((system, customer_no), (0, 0))
        if version < newest and row > before:
            yield Problem("pushed", "", f"{system} {customer_no}: fell to version {version}")
        last[system, customer_no] = row, version


def _stored_facts(connection: View) -> dict[str, list[tuple[str, Row]]]:
    found: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for table in FACT_KEYS:
        for row in reports.fact_rows(connection, table):
            found[row["ecif_no"]].append((table, row))
    return found


def _facts(parties: list[StoredParty], facts: dict[str, list[tuple[str, Row]]]) -> Iterator[Problem]:
    for stored in parties:
        number = stored.party.ecif_no
        rows = sorted(_comparable(table, row) for table, row in facts.get(number, []))
        if rows != sorted(_expected(stored.party.golden)):
            yield Problem("fact", number, "the tables of facts differ from the golden record")


def _comparable(table: str, row: Row) -> tuple[str, ...]:
    own = [name for name in row if name not in _NOT_FACTS]
    return (table, *(str(row[name]) for name in sorted(own)))


_NOT_FACTS = ("id", "ecif_no", "valid_from", "valid_until", "from_version", "until_version")


def _expected(now: Golden) -> Iterator[tuple[str, ...]]:
    for attribute, survivor in now.values.items():
        fact = fact_of(attribute)
        if fact is not None:
            keys = dict(zip(FACT_KEYS[fact[0]], fact[1:], strict=False))
            yield _comparable(fact[0], {**keys, **fact_columns(fact, survivor.value)})


def _match_keys(expected: set[tuple[str, str]], stored: set[tuple[str, str]]) -> Iterator[Problem]:
    stopped = {key for key, number in stored if number == STOP}
    for key, number in sorted(expected - stored):
        if key not in stopped:
            yield Problem("match_key", number, "a match key is missing")
    for key, number in sorted(stored - expected):
        if key not in stopped:
            yield Problem("match_key", number, "a match key too many")
